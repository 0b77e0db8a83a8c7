<?php
/**
 * Installs a site with the settings' first user, and brings an installed one up to the core's version.
 *
 * programs/init runs it at each boot: php_of_site NAME install_site.php. Without settings a new site waits for
 * WordPress's own form.
 */

$file = '/run/qlines/sites/' . getenv('QLINES_SITE') . '/installation.json';
$wanted = is_file($file) ? json_decode(file_get_contents($file), true, 4, JSON_THROW_ON_ERROR) : null;

define('WP_INSTALLING', true);
require '/usr/share/wordpress/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

$is_new = !is_blog_installed();
if (!$is_new) {
    // Does nothing when the tables are as the core wants them.
    wp_upgrade();
} elseif ($wanted === null) {
    echo "waits for its first visitor, who installs it by WordPress's form\n";
} else {
    if ($wanted['language'] !== '') {
        load_default_textdomain($wanted['language']);
    }
    wp_install($wanted['title'], $wanted['user'], $wanted['email'], true, '', wp_slash($wanted['password']), $wanted['language']);
    echo "installed; {$wanted['user']} signs in at " . wp_login_url() . "\n";
}
