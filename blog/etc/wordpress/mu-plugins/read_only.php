<?php
/**
 * Plugin Name: QLines read-only
 * Description: While this VM's blog is not the primary of its twin's, pages are shown and everything else gets an answer that says so.
 */

if (QLINES_IS_READ_ONLY) {
    // What a page would write by the way, such as a transient, it can do without; MariaDB would refuse it with an error in the log.
    add_filter('query', fn ($query) => preg_match('/^[\s(]*(SELECT|SHOW|DESC|EXPLAIN|SET|USE)\b/i', $query) ? $query : '');
    // The API's routes and the comment form answer after this.
    add_action('init', 'qlines_refuse_changes', 0);
}

function qlines_refuse_changes(): void
{
    $reads = in_array($_SERVER['REQUEST_METHOD'] ?? 'GET', ['GET', 'HEAD', 'OPTIONS'], true);
    $path = (string) parse_url($_SERVER['REQUEST_URI'] ?? '', PHP_URL_PATH);
    if ($reads && !is_admin() && !preg_match('~^/wp-(login|comments-post|signup|activate)\.php$~', $path)) {
        return;
    }
    $sentence = __('This site is read-only for a moment, nothing was saved. Please try again in a minute.');
    nocache_headers();
    header('Retry-After: 60');
    if (str_starts_with($path, '/wp-json/') || isset($_GET['rest_route']) || wp_doing_ajax()) {
        wp_send_json(['code' => 'read_only', 'message' => $sentence, 'data' => ['status' => 503]], 503);
    }
    wp_die(esc_html($sentence), '', ['response' => 503, 'back_link' => true]);
}
