<?php
/**
 * Replaces the address for which a site's tables were made by its present one.
 *
 * WordPress stores addresses in posts, comments and settings, some of them in PHP's serialized form, where a string
 * carries its length: those are unserialized and serialized again. Idempotent.
 * php_of_site NAME replace_address.php
 */

define('WP_INSTALLING', true);
require '/usr/share/wordpress/wp-load.php';

// Not get_option(): it returns the constant of wp-config.php.
$old = (string) $wpdb->get_var("SELECT option_value FROM {$wpdb->options} WHERE option_name = 'home'");
$new = QLINES_ADDRESS;
$host = preg_replace('~^https?://~i', '', rtrim($old, '/'));
if ($host === '') {
    fwrite(STDERR, "the site has no address to replace\n");
    exit(1);
}
// With and without TLS, and as JSON writes them.
$from = $to = [];
foreach (["https://$host", "http://$host"] as $address) {
    array_push($from, $address, str_replace('/', '\/', $address));
    array_push($to, $new, str_replace('/', '\/', $new));
}

function replaced(mixed $value): mixed
{
    global $from, $to;
    if (is_string($value)) {
        // Objects are left alone: their classes are not loaded.
        $inner = is_serialized($value) && !preg_match('/(^|;|\{)[OC]:\d+:"/', $value) ? @unserialize($value, ['allowed_classes' => false]) : false;
        return $inner === false ? str_replace($from, $to, $value) : serialize(replaced($inner));
    }
    if (is_array($value)) {
        return array_map('replaced', $value);
    }
    return $value;
}

// Without guid: feed readers identify a post by it.
$places = [
    [$wpdb->posts, 'ID', ['post_content', 'post_excerpt', 'post_content_filtered']],
    [$wpdb->postmeta, 'meta_id', ['meta_value']],
    [$wpdb->comments, 'comment_ID', ['comment_content', 'comment_author_url']],
    [$wpdb->commentmeta, 'meta_id', ['meta_value']],
    [$wpdb->termmeta, 'meta_id', ['meta_value']],
    [$wpdb->term_taxonomy, 'term_taxonomy_id', ['description']],
    [$wpdb->usermeta, 'umeta_id', ['meta_value']],
    [$wpdb->links, 'link_id', ['link_url', 'link_image']],
    [$wpdb->options, 'option_id', ['option_value']],
];
$changed = 0;
foreach ($places as [$table, $key, $columns]) {
    foreach ($columns as $column) {
        // Ids first: all posts of a large site would not fit into memory.
        $ids = $wpdb->get_col($wpdb->prepare("SELECT `$key` FROM `$table` WHERE `$column` LIKE %s", '%' . $wpdb->esc_like(basename($host)) . '%'));
        foreach ($ids as $id) {
            $before = (string) $wpdb->get_var($wpdb->prepare("SELECT `$column` FROM `$table` WHERE `$key` = %d", $id));
            $after = replaced($before);
            if ($after !== $before) {
                $wpdb->query($wpdb->prepare("UPDATE `$table` SET `$column` = %s WHERE `$key` = %d", $after, $id));
                $changed++;
            }
        }
    }
}
update_option('rewrite_rules', '');
echo "$old is now $new in $changed places\n";
