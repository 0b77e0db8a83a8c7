<?php
/**
 * Unpacks the .zip of a plugin or a theme, one folder, in the place of an older one.
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
$zip->open($file) === true || refuse('this is no .zip file.');
$tops = [];
for ($index = 0; $index < $zip->numFiles; $index++) {
    $tops[explode('/', $zip->getNameIndex($index))[0]] = true;
}
unset($tops['__MACOSX']);
$name = (string) array_key_first($tops);
// A folder as WordPress would name it: nothing climbs out of it.
count($tops) === 1 && preg_match('/^[A-Za-z0-9][A-Za-z0-9._-]*$/', $name) || refuse('the .zip must hold one folder, with the name of the plugin or theme.');
$new = dirname($file) . '/new';
mkdir($new);
// extractTo() leaves out what would climb up.
$zip->extractTo($new) || refuse('the .zip is damaged, or the disk is full.');

$place = "$target/$name";
if (is_link($place)) {
    // The image's own: this one takes its place.
    unlink($place);
} elseif (is_dir($place)) {
    rename($place, dirname($file) . '/old');
}
rename("$new/$name", $place);
echo "$name is in its place; activate it in the dashboard if it is new\n";
