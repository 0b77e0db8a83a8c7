<?php
/**
 * Database helper of import_site and export_site; runs with the rights of the site's database user.
 *
 * php_of_site NAME database.php count|empty|prefix|client
 */

require '/run/qlines/sites/' . getenv('QLINES_SITE') . '/settings.php';
const SOCKET = '/run/qlines/mariadb.sock';

if ($argv[1] === 'client') {
    // For MariaDB's own programs: a password must not be on a command line.
    echo "[client]\nsocket=" . SOCKET . "\nuser=" . DB_USER . "\npassword=" . DB_PASSWORD . "\ndefault_character_set=utf8mb4\n";
    exit;
}

mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
$database = new mysqli('localhost', DB_USER, DB_PASSWORD, DB_NAME, 0, SOCKET);
$tables = $database->query('SHOW FULL TABLES')->fetch_all();

switch ($argv[1]) {
    case 'count':
        echo count($tables);
        break;
    case 'empty':
        $database->query('SET FOREIGN_KEY_CHECKS = 0');
        foreach ($tables as [$table, $kind]) {
            $database->query(($kind === 'VIEW' ? 'DROP VIEW' : 'DROP TABLE') . " `$table`");
        }
        break;
    case 'prefix':
        // The prefix with both users and options; the shortest, since plugins add tables such as wp_x_options.
        $names = array_column($tables, 0);
        $prefixes = [];
        foreach ($names as $table) {
            if (str_ends_with($table, 'options') && in_array(substr($table, 0, -7) . 'users', $names, true)) {
                $prefixes[] = substr($table, 0, -7);
            }
        }
        usort($prefixes, fn ($left, $right) => strlen($left) <=> strlen($right));
        if ($prefixes === []) {
            fwrite(STDERR, "this is not a dump of WordPress: it has no pair of tables …options and …users\n");
            exit(1);
        }
        echo $prefixes[0];
        break;
    default:
        fwrite(STDERR, "the first argument must be count, empty, prefix or client, got '{$argv[1]}'\n");
        exit(2);
}
