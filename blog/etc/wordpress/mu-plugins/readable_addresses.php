<?php
/**
 * Plugin Name: QLines readable addresses
 * Description: A new site starts with /name-of-the-post/ and not ?p=12. WordPress would find out by asking itself, which takes a second.
 */

add_action('populate_options', fn () => get_option('permalink_structure') || add_option('permalink_structure', '/%postname%/'));
// It knows Apache's ways only when it runs on the command line.
add_filter('got_url_rewrite', '__return_true');
