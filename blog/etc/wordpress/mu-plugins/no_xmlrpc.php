<?php
/**
 * Plugin Name: QLines without XML-RPC
 * Description: nginx refuses xmlrpc.php; this removes it from pages and headers.
 */

add_filter('xmlrpc_enabled', '__return_false');
add_filter('xmlrpc_methods', '__return_empty_array');
add_filter('pings_open', '__return_false');
remove_action('wp_head', 'rsd_link');
add_filter('wp_headers', function ($headers) {
    unset($headers['X-Pingback']);
    return $headers;
});
