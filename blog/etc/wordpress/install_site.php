<?php
/**
 * Installs a new site with the first user of the settings, or upgrades an installed one to the core's version.
 *
 * programs/init runs it at each start: php_of_site NAME install_site.php. Without a first user in the settings
 * a new site waits for WordPress's own form.
 */

$file = '/run/qlines/sites/' . getenv('QLINES_SITE') . '/installation.json';
$installation = is_file($file) ? json_decode(file_get_contents($file), true, 4, JSON_THROW_ON_ERROR) : null;

define('WP_INSTALLING', true);
require '/usr/share/wordpress/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

$is_new = !is_blog_installed();
if (!$is_new) {
    // Does nothing when the tables have the core's version.
    wp_upgrade();
} elseif ($installation === null) {
    echo "is not installed yet: its first visitor can install it with WordPress's form\n";
} else {
    if ($installation['language'] !== '') {
        load_default_textdomain($installation['language']);
    }
    wp_install($installation['title'], $installation['user'], $installation['email'], true, '', wp_slash($installation['password']), $installation['language']);
    echo "installed; {$installation['user']} signs in at " . wp_login_url() . "\n";
}
