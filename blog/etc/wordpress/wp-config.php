<?php
/**
 * Tells WordPress which site it is; one core serves all of them.
 *
 * The name comes from the PHP pool (or, on the command line, from programs/php_of_site), never from the visitor.
 */

$qlines_site = getenv('QLINES_SITE');
if (!is_string($qlines_site) || !preg_match('/^[a-z][a-z0-9_]*$/', $qlines_site)) {
    http_response_code(500);
    exit("QLINES_SITE must name a site; run programs through php_of_site.\n");
}
// Database, salts and mail server; made from the settings at each boot.
require "/run/qlines/sites/$qlines_site/settings.php";

define('DB_HOST', 'localhost:/run/qlines/mariadb.sock');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
// A site that was moved in may have another one.
$table_prefix = trim((string) @file_get_contents("/data/sites/$qlines_site/table_prefix")) ?: 'wp_';

// Where the visitor is, as the proxy says; the port may differ, the domain is the setting's.
$qlines_host = $_SERVER['HTTP_HOST'] ?? '';
if (PHP_SAPI !== 'cli' && preg_match('/^(.+?)(:\d{1,5})?$/', $qlines_host, $part) && strtolower($part[1]) === QLINES_DOMAIN) {
    define('WP_HOME', (empty($_SERVER['HTTPS']) ? 'http://' : 'https://') . strtolower($qlines_host));
} else {
    // Whoever came by another name, such as www., is sent on to this address.
    define('WP_HOME', QLINES_ADDRESS);
    // Some plugins read it on the command line as well.
    $_SERVER['HTTP_HOST'] ??= (string) preg_replace('~^https://~', '', QLINES_ADDRESS);
}
define('WP_SITEURL', WP_HOME);
define('FORCE_SSL_ADMIN', str_starts_with(WP_HOME, 'https:'));

defined('ABSPATH') || define('ABSPATH', '/usr/share/wordpress/');
define('WP_CONTENT_DIR', "/data/sites/$qlines_site/wp-content");
define('WP_CONTENT_URL', WP_HOME . '/wp-content');
// The same for every site, from the image: a site's own plugins cannot take them away.
define('WPMU_PLUGIN_DIR', '/opt/qlines/blog/etc/wordpress/mu-plugins');
define('WP_LANG_DIR', '/usr/share/wordpress/wp-content/languages');
define('WP_TEMP_DIR', "/data/tmp/$qlines_site");

// The core and its security updates come with the image.
define('WP_AUTO_UPDATE_CORE', false);
define('DISALLOW_FILE_EDIT', true);
define('FS_METHOD', 'direct');
// programs/cron calls it, no visitor waits for it.
define('DISABLE_WP_CRON', true);
define('WP_MEMORY_LIMIT', '64M');
define('WP_MAX_MEMORY_LIMIT', '128M');
define('WP_POST_REVISIONS', 20);
define('WP_DEBUG', false);

require_once ABSPATH . 'wp-settings.php';
