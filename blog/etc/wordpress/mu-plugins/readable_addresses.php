<?php
/**
 * Plugin Name: QLines readable addresses
 * Description: Gives new sites addresses such as /name-of-the-post/ without the request to itself by which WordPress tests them.
 */

add_action('populate_options', fn () => get_option('permalink_structure') || add_option('permalink_structure', '/%postname%/'));
// On the command line WordPress cannot detect nginx.
add_filter('got_url_rewrite', '__return_true');
