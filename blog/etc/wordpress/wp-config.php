<?php
/**
 * WordPress's configuration for the site that QLINES_SITE names; all sites share one core.
 *
 * The PHP pool sets it, or programs/php_of_site on the command line; never the visitor.
 */

$qlines_site = getenv('QLINES_SITE');
if (!is_string($qlines_site) || !preg_match('/^[a-z][a-z0-9_]*$/', $qlines_site)) {
    http_response_code(500);
    exit("QLINES_SITE must name a site; run programs through php_of_site.\n");
}
// programs/restore_databases loads its tables: without them any visitor could install this site and own it.
if (PHP_SAPI !== 'cli' && is_file("/run/qlines/sites/$qlines_site/restoring")) {
    http_response_code(503);
    header('Retry-After: 30');
    exit("This site is being restored from a backup.\n");
}
// The same while the twin's tables are being copied here.
if (PHP_SAPI !== 'cli' && is_file("/run/qlines/sites/$qlines_site/copying")) {
    http_response_code(503);
    header('Retry-After: 30');
    exit("This site is being copied from the other VM.\n");
}
// MariaDB takes no changes: mu-plugins/read_only.php says so.
define('QLINES_IS_READ_ONLY', PHP_SAPI !== 'cli' && is_file("/run/qlines/sites/$qlines_site/read-only"));
// Database, salts and mail server, rendered from the settings at each start.
require "/run/qlines/sites/$qlines_site/settings.php";

define('DB_HOST', 'localhost:/run/qlines/mariadb.sock');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
// An imported site may have another prefix.
$table_prefix = trim((string) @file_get_contents("/data/sites/$qlines_site/table_prefix")) ?: 'wp_';

// The address that the visitor used, as the proxy reports it: any port, but only the domain of the setting.
$qlines_host = $_SERVER['HTTP_HOST'] ?? '';
if (PHP_SAPI !== 'cli' && preg_match('/^(.+?)(:\d{1,5})?$/', $qlines_host, $part) && strtolower($part[1]) === QLINES_DOMAIN) {
    define('WP_HOME', (empty($_SERVER['HTTPS']) ? 'http://' : 'https://') . strtolower($qlines_host));
} else {
    // Visitors of another name, such as www., are redirected to this address.
    define('WP_HOME', QLINES_ADDRESS);
    // Some plugins need it on the command line too.
    $_SERVER['HTTP_HOST'] ??= (string) preg_replace('~^https://~', '', QLINES_ADDRESS);
}
define('WP_SITEURL', WP_HOME);
define('FORCE_SSL_ADMIN', str_starts_with(WP_HOME, 'https:'));

defined('ABSPATH') || define('ABSPATH', '/usr/share/wordpress/');
define('WP_CONTENT_DIR', "/data/sites/$qlines_site/wp-content");
define('WP_CONTENT_URL', WP_HOME . '/wp-content');
// From the image and the same for every site: a site cannot remove them.
define('WPMU_PLUGIN_DIR', '/opt/qlines/blog/etc/wordpress/mu-plugins');
define('WP_LANG_DIR', '/usr/share/wordpress/wp-content/languages');
define('WP_TEMP_DIR', "/data/tmp/$qlines_site");

// The core is updated by updating the image.
define('WP_AUTO_UPDATE_CORE', false);
define('DISALLOW_FILE_EDIT', true);
define('FS_METHOD', 'direct');
// programs/cron runs it, so no visitor has to wait for it.
define('DISABLE_WP_CRON', true);
define('WP_MEMORY_LIMIT', '64M');
define('WP_MAX_MEMORY_LIMIT', '128M');
define('WP_POST_REVISIONS', 20);
define('WP_DEBUG', false);

require_once ABSPATH . 'wp-settings.php';
