<?php
/**
 * Installs a plugin or theme from a .zip that holds one folder, replacing an older version.
 *
 * add_to_site calls it: php_of_site NAME unpack_part.php FILE.zip TARGET_FOLDER
 */

function refuse(string $sentence): never
{
    fwrite(STDERR, "$sentence Nothing was changed.\n");
    exit(1);
}

[, $file, $target] = $argv;
$zip = new ZipArchive();
$zip->open($file) === true || refuse('this is not a .zip file.');
$tops = [];
for ($index = 0; $index < $zip->numFiles; $index++) {
    $tops[explode('/', $zip->getNameIndex($index))[0]] = true;
}
unset($tops['__MACOSX']);
$name = (string) array_key_first($tops);
// No path may leave the target folder.
count($tops) === 1 && preg_match('/^[A-Za-z0-9][A-Za-z0-9._-]*$/', $name) || refuse('the .zip must hold exactly one folder, named as the plugin or theme.');
$new = dirname($file) . '/new';
mkdir($new);
// extractTo() skips paths that lead out of the folder.
$zip->extractTo($new) || refuse('the .zip is corrupt, or the disk is full.');

$place = "$target/$name";
if (is_link($place)) {
    // A link to the image's own version.
    unlink($place);
} elseif (is_dir($place)) {
    rename($place, dirname($file) . '/old');
}
rename("$new/$name", $place);
echo "installed $name; if it is new, activate it in the dashboard\n";
