<?php
/**
 * Plugin Name: QLines loopback
 * Description: Sends a site's requests to itself to this container's nginx, since its domain may not resolve to it.
 */

add_filter('pre_http_request', function ($answer, $options, $url) {
    $own = WP_HOME . '/';
    if ($answer !== false || !str_starts_with("$url/", $own)) {
        return $answer;
    }
    $options['headers'] = is_array($options['headers']) ? $options['headers'] : [];
    $options['headers']['Host'] = parse_url(WP_HOME, PHP_URL_HOST);
    $options['headers']['X-Forwarded-Host'] = (string) preg_replace('~^https?://~', '', WP_HOME);
    $options['headers']['X-Forwarded-Proto'] = (string) parse_url(WP_HOME, PHP_URL_SCHEME);
    $options['reject_unsafe_urls'] = false;
    return wp_remote_request('http://127.0.0.1:8080' . substr($url, strlen(WP_HOME)), $options);
}, 10, 3);
