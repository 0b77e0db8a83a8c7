#!/bin/sh
# Copy the libraries that the pages load from node_modules to TARGET; run in the folder app/ after `npm ci`.
# Usage: vendor_assets.sh TARGET        (TARGET is qlines/web/static/vendor)
set -eu

target=${1:?usage: vendor_assets.sh TARGET}
mkdir -p "$target"

# Source maps are not copied, so the line that refers to them is removed: browsers would log a 404.
copy() {
    sed -e '/^\/\/# sourceMappingURL=/d' -e 's|/\*# sourceMappingURL=.*\*/||' "node_modules/$1" >"$target/${2:-$(basename "$1")}"
}

copy @tabler/core/dist/css/tabler.min.css
copy @tabler/core/dist/js/tabler-theme.min.js
copy tabulator-tables/dist/css/tabulator_bootstrap5.min.css
copy tabulator-tables/dist/js/tabulator.min.js
copy uplot/dist/uPlot.min.css
copy uplot/dist/uPlot.iife.min.js uplot.min.js
copy socket.io-client/dist/socket.io.min.js

# The licences require that their text is distributed. Tabler's package has no such file: its sources name MIT.
cp node_modules/tabulator-tables/LICENSE "$target/tabulator.LICENSE"
cp node_modules/uplot/LICENSE "$target/uplot.LICENSE"
cp node_modules/socket.io-client/LICENSE "$target/socket.io.LICENSE"

# Served instead of the plain file to browsers that accept gzip: 300 KB instead of 1.4 MB. -n makes it reproducible.
gzip -9 -n -k -f "$target"/*.css "$target"/*.js
