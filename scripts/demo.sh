#!/usr/bin/env bash
# From a fresh clone to a trained network: installs what is missing, builds, trains for less than two
# minutes with two ranks under mpirun on pictures that Tandem draws itself, and says what to try next.

source "$(dirname "$0")/common.sh"

scripts/setup.sh
scripts/build.sh

readonly tandem=.build/release/tandem
# The ranks are not bound to cores, so they divide all cores of this machine among them.
mpirun=(mpirun -n 2 --bind-to none)

# The cores this process may use: mpirun counts cores, not hardware threads.
cores=$(lscpu --parse=core,socket | grep -v '^#' | sort -u | wc -l)
if [ "$(nproc)" -lt "$cores" ]; then cores=$(nproc); fi
if [ "$cores" -lt 2 ]; then mpirun+=(--oversubscribe); fi

if [ "$(id -u)" -eq 0 ]; then mpirun+=(--allow-run-as-root); fi

say "Training a network to tell hand-drawn circles, rectangles and triangles apart, as two ranks:"
train=("${mpirun[@]}" "$tandem" train --model mnist-cnn --data 'shapes:8000,2000' --opt adam
  --lr 1e-3 --batch-size 64 --epochs 5 --output .build/demo --overwrite)
say "${train[*]}"
"${train[@]}"

cat <<END

What to try next:

  # the accuracy of each class
  $tandem evaluate --weights .build/demo --data shapes:8000,2000

  # two epochs more
  ${mpirun[*]} \\
    $tandem train --resume .build/demo --model mnist-cnn --data shapes:8000,2000 \\
    --opt adam --lr 1e-3 --batch-size 64 --epochs 7

  # the networks there are, and the one that was trained
  $tandem models
  $tandem summary mnist-cnn

  # another one, on a folder with the files of MNIST, Fashion-MNIST or CIFAR-10
  $tandem train --model simple-convnet --data FOLDER --opt adam --epochs 5 --output run1

  # how fast training is here, and what was found on this machine
  $tandem bench --model simple-convnet
  $tandem doctor

  # which rank of a job has which cores
  ${mpirun[*]} $tandem doctor
END
