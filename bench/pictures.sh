#!/usr/bin/env bash
# Fetches photographs that networks are judged by and puts them into a folder, from packages: scikit-image's and
# scikit-learn's samples, and three pictures that training sets aside (models/train).
#
#   bench/pictures.sh [FOLDER]
#
# Needs pip, apt-get and dpkg (no root). FOLDER is out/pictures by default.
set -euo pipefail
mkdir -p "${1:-out/pictures}"
folder=$(cd "${1:-out/pictures}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
pip download --quiet --no-deps --only-binary :all: scikit-image==0.25.2 scikit-learn==1.5.2
for wheel in *.whl; do python3 -m zipfile -e "$wheel" unpacked; done
apt-get download --quiet palapeli-data mate-backgrounds
for package in *.deb; do dpkg --extract "$package" unpacked; done
samples=unpacked/skimage/data
cp "$samples/astronaut.png" "$samples/coffee.png" unpacked/sklearn/datasets/images/{china,flower}.jpg \
  unpacked/usr/share/palapeli/collection/{castle-maintenon,cincinnati-bridge}.jpg "$folder"
cp "$samples/motorcycle_left.png" "$folder/motorcycle.png"
cp unpacked/usr/share/backgrounds/mate/nature/Garden.jpg "$folder/garden.jpg"
