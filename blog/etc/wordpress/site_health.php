<?php
/**
 * Answers healthd's probe of one site, in that site's own pool.
 *
 * Prints installed, empty, or, with status 503, the database's error.
 */

$site = getenv('QLINES_SITE');
require "/run/qlines/sites/$site/settings.php";
$prefix = trim((string) @file_get_contents("/data/sites/$site/table_prefix")) ?: 'wp_';

header('Content-Type: text/plain');
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
try {
    $database = new mysqli('localhost', DB_USER, DB_PASSWORD, DB_NAME, 0, '/run/qlines/mariadb.sock');
    $tables = $database->query("SHOW TABLES LIKE '" . $database->real_escape_string(addcslashes("{$prefix}options", '_%')) . "'");
    if ($tables->num_rows === 0) {
        exit('empty');
    }
    $rows = $database->query("SELECT 1 FROM `{$prefix}options` WHERE option_name = 'siteurl' AND option_value <> ''");
    echo $rows->num_rows === 0 ? 'empty' : 'installed';
} catch (mysqli_sql_exception $error) {
    http_response_code(503);
    echo $error->getMessage();
}
