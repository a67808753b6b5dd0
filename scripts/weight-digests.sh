#!/usr/bin/env bash
# Prints one SHA-256 of the weights for each of about forty short trainings: all optimizers, schedules,
# meshes, formats on the wire, precisions, one to four ranks, resumed runs. A change of the code's shape
# leaves every line as it was:
#
#   scripts/weight-digests.sh .build/release/tandem > before
#   …
#   scripts/weight-digests.sh .build/release/tandem | diff before -
#
# The digests hold for one machine and its libraries: others round differently. PATTERN, an extended regular
# expression, selects trainings by name:
#
#   scripts/weight-digests.sh PROGRAM [PATTERN]

set -euo pipefail

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

[ $# -ge 1 ] || fail "name the tool to train with: scripts/weight-digests.sh PROGRAM [PATTERN]"
program=$(readlink -f "$1")
[ -x "$program" ] || fail "'$1' is no program"
pattern=${2:-.}

export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Batches of 48, the last one of 20; four shards, so that the layout does not matter.
readonly common="train --data shapes:260,20 --epochs 1 --batch-size 48 --seed 3"
printed=0
failures=0

# train FOLDER RANKS WORDS: trains with these options into a folder.
train() {
  local output=$1 ranks=$2 words=$3
  local -a launch=() options
  if [ "$ranks" -gt 1 ]; then launch=(mpirun -n "$ranks" --oversubscribe); fi
  read -r -a options <<<"$common $words"
  timeout 300 "${launch[@]}" "$program" "${options[@]}" --output "$output" \
    </dev/null >/dev/null 2>"$folder/messages"
}

# digest NAME OUTPUT: what follows the header of the file of weights.
digest() {
  local file=$2/checkpoint-last/model.safetensors header
  header=$(od -An -tu8 -N8 "$file")
  tail -c "+$((8 + header + 1))" "$file" | sha256sum | awk -v name="$1" '{ print $1 "  " name }'
}

# run NAME RANKS WORDS [WORDS]: trains, and where there are two sets of options goes on with the second.
run() {
  local name=$1 ranks=$2 output="$folder/output"
  if ! grep --quiet --extended-regexp -e "$pattern" <<<"$name"; then return; fi
  rm -rf "$output"
  printed=$((printed + 1))
  if train "$output" "$ranks" "$3" &&
    { [ $# -lt 4 ] || train "$output" "${5:-$ranks}" "$4 --resume $output"; }; then
    digest "$name" "$output"
  else
    printf 'error: %s failed:\n' "$name" >&2
    cat "$folder/messages" >&2
    failures=$((failures + 1))
  fi
}

# idx FOLDER PART COUNT: as many images of 28×28 and labels from 0 to 9, as MNIST's files have them. Images
# of this size give mnist-cnn a dense layer that is large enough for its gradient to be factored.
idx() {
  local count
  count=$(printf '\\x%02x' "$3")
  {
    printf '%b' "\x00\x00\x08\x03\x00\x00\x00$count\x00\x00\x00\x1c\x00\x00\x00\x1c"
    seq 1 1000000 | head -c "$(($3 * 784))" || true
  } >"$1/$2-images-idx3-ubyte"
  {
    printf '%b' "\x00\x00\x08\x01\x00\x00\x00$count"
    for ((label = 0; label < $3; label++)); do printf '%b' "\x0$((label % 10))"; done
  } >"$1/$2-labels-idx1-ubyte"
}

digits="$folder/digits"
mkdir "$digits"
idx "$digits" train 120
idx "$digits" t10k 20

two="--shards 4 --workers 2"
one="--shards 4 --workers 1"

for optimizer in sgd adagrad rmsprop adam adamw adadelta lars; do
  run "optimizer $optimizer" 1 "--model lenet --opt $optimizer $two"
done
run "optimizer sgd, plain" 1 "--model lenet --momentum 0 --weight-decay 5e-4 $two"
run "optimizer sgd, nesterov" 1 "--model lenet --nesterov $two"
run "optimizer rmsprop, centered" 1 "--model lenet --opt rmsprop --centered --momentum 0.5 $two"
run "optimizer lars, two ranks" 2 "--model lenet --opt lars $one"

run "schedule step" 1 "--model mlp --epochs 3 --lr-scheduler step --lr-step-size 1 $two"
run "schedule cosine" 1 "--model mlp --lr-scheduler cosine --lr-warmup-steps 2 $two"
run "schedule polynomial" 1 "--model mlp --lr-scheduler polynomial --lr-power 2 $two"
run "schedule scaled" 1 "--model mlp --scale-lr --lr-base-size 32 $two"

run "loss binary-cross-entropy" 1 "--model mlp --loss binary-cross-entropy $two"
run "label smoothing" 1 "--model mlp --label-smoothing 0.1 $two"
run "clipped" 1 "--model lenet --clip-grad 0.05 $two"
run "clipped, two ranks" 2 "--model lenet --clip-grad 0.05 $one"
run "clipped, messages" 2 "--model lenet --clip-grad 0.05 --no-shared-memory $one"

run "workers 1" 1 "--model simple-convnet $one"
run "workers 2" 1 "--model simple-convnet $two"
run "ranks 2, shared memory" 2 "--model simple-convnet $one"
run "ranks 2, messages" 2 "--model simple-convnet --no-shared-memory $one"
run "ranks 3, messages, adam" 3 "--model simple-convnet --opt adam --no-shared-memory $one"
run "ranks 4, shared memory" 4 "--model simple-convnet $one"
run "ranks 4, messages, no overlap" 4 "--model simple-convnet --no-overlap --no-shared-memory $one"
run "ranks 2, small buckets" 2 "--model lenet --bucket-mb 0.01 --no-shared-memory $two"

run "wire bf16" 1 "--model simple-convnet --wire bf16 $two"
run "wire bf16, ranks 2, shared memory" 2 "--model simple-convnet --wire bf16 $one"
run "wire bf16, ranks 3, messages" 3 "--model simple-convnet --wire bf16 --no-shared-memory $one"

run "factored" 1 "--model mnist-cnn --data $digits $two"
run "factored, ranks 2" 2 "--model mnist-cnn --data $digits $one"
run "factored, ranks 2, wire bf16" 2 "--model mnist-cnn --data $digits --wire bf16 $one"

run "dropout, accumulated" 1 "--model mnist-cnn --grad-accum-steps 2 $two"
run "accumulated, ranks 2" 2 "--model lenet --grad-accum-steps 3 --no-shared-memory $one"
run "micro-batches" 1 "--model lenet --micro-batch-size 5 $two"
run "batch normalization" 1 "--model cifar-resnet-20 --width 0.25 $two"
run "sync-bn" 1 "--model cifar-resnet-20 --width 0.25 --sync-bn --workers 2"
run "sync-bn, ranks 2" 2 "--model cifar-resnet-20 --width 0.25 --sync-bn --workers 1"

run "model 1x2" 1 "--model lenet --parallelism model --mesh 1x2 --workers 2"
run "model 1x2, ranks 2" 2 "--model lenet --parallelism model --mesh 1x2 --workers 1"
run "hybrid 1x2" 1 "--model simple-convnet --parallelism hybrid --mesh 1x2 --workers 2"
run "hybrid 2x2, ranks 2" 2 "--model simple-convnet --parallelism hybrid --mesh 2x2 --workers 2"
run "hybrid 2x2, ranks 4, bf16" 4 \
  "--model simple-convnet --parallelism hybrid --mesh 2x2 --workers 1 --wire bf16"
run "hybrid 1x2, pieces" 2 \
  "--model simple-convnet --parallelism hybrid --mesh 1x2 --pieces 2 --workers 1"

if grep --quiet --word-regexp avx512bw /proc/cpuinfo 2>/dev/null; then
  run "precision bf16" 1 "--model simple-convnet --precision bf16 $two"
  run "precision bf16, wire bf16, ranks 2" 2 \
    "--model simple-convnet --precision bf16 --wire bf16 --no-shared-memory $one"
else
  printf 'precision bf16 is left out: it takes a processor with AVX-512\n' >&2
fi

run "resumed" 1 "--model lenet --opt adam --steps 3 $two" "--model lenet --opt adam $two"
run "resumed by two ranks" 1 "--model lenet --steps 4 $two" "--model lenet $one" 2
run "resumed from two ranks, messages" 2 "--model lenet --opt adam --no-shared-memory --steps 4 $one" \
  "--model lenet --opt adam --no-shared-memory $one"
run "resumed hybrid, ranks 2" 2 \
  "--model lenet --parallelism hybrid --mesh 1x2 --workers 1 --steps 2" \
  "--model lenet --parallelism hybrid --mesh 1x2 --workers 1"

[ "$printed" -gt 0 ] || fail "no training's name matches '$pattern'"
[ "$failures" -eq 0 ] || fail "$failures of $printed trainings failed, see above"
