#!/usr/bin/env bash
# Tests the local test cluster: brings hosts up, runs a job over TCP between them, and looks whether
# anything is left behind after `down`, after interrupts and after a kill. Where the machine does not
# allow network namespaces it says so and ends well.

source "$(dirname "$0")/common.sh"

readonly rank_tests=$root/.build/release/rank-tests tandem=$root/.build/release/tandem
for program in "$rank_tests" "$tandem"; do
  [ -x "$program" ] || fail "there is no $program; build it: scripts/build.sh --tests"
done

# A cluster of its own, so that the test disturbs no other.
export TANDEM_CLUSTER=tandem-test-$$
cluster() {
  Cluster/local-cluster "$@"
}

if ! reason=$(cluster check 2>&1); then
  say "skipped: the local test cluster was not tested: ${reason#error: }"
  exit 0
fi

folder=$(mktemp -d)
trap 'cluster down >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT

# Programs that a script starts in the background ignore ctrl-C unless told otherwise.
in_background() {
  env --default-signal=INT "$@" &
}

# What the cluster may leave behind: the machine's interfaces and mounts, files and namespaces.
surroundings() {
  ip -oneline link | sed 's/^[0-9]*: //'
  cut -d ' ' -f 1,2 /proc/mounts | grep -v '^nsfs ' | sort
  ip netns list | grep -F "$TANDEM_CLUSTER" || true
  ls -d /run/"$TANDEM_CLUSTER"* /dev/shm/*"$TANDEM_CLUSTER"* 2>/dev/null || true
  cat /etc/hosts
}

# Seconds that nobody else sleeps.
readonly marker=86$$

# The processes "sleep $marker"; their arguments are separated by zero bytes.
marked_processes() {
  grep --text --files-with-matches --no-messages "^sleep.$marker" /proc/[0-9]*/cmdline || true
}

everything_is_gone() {
  [ "$(surroundings)" = "$before" ] && [ -z "$(marked_processes)" ]
}

expect_everything_gone() {
  everything_is_gone || fail "after $1 something of the local cluster is left:" \
    "$(diff <(echo "$before") <(surroundings) || true) $(marked_processes)"
}

# wait_for SECONDS COMMAND…: until it succeeds.
wait_for() {
  local attempts=$(($1 * 10))
  shift
  until "$@"; do
    attempts=$((attempts - 1))
    [ "$attempts" -gt 0 ] || return 1
    sleep 0.1
  done
}

marked_are() {
  [ "$(marked_processes | wc -l)" -eq "$1" ]
}

has_ended() {
  ! kill -0 "$1" 2>/dev/null
}

host_is_made() {
  [ -e "/run/netns/$TANDEM_CLUSTER-$1" ]
}

end_of() {
  wait_for 20 has_ended "$1" || fail "process $1 does not end; on the hosts are: $(cluster status)"
  wait "$1" 2>/dev/null || true
}

before=$(surroundings)
readonly before

say "local cluster: four hosts"
cluster up 4 --rate 200mbit >/dev/null
if everything_is_gone; then fail "the test does not see that a cluster is up"; fi

# The example's host file names the same hosts. Hosts that share few cpus have one each.
for options in "" "--hostfile Cluster/hostfile.example"; do
  # shellcheck disable=SC2016,SC2086  # the ranks' shell; several words or none
  ranks=$(cluster run $options sh -c 'echo "$(hostname) $(nproc)"' 2>"$folder/messages" | sort |
    paste -sd,) || fail "mpirun failed on the local cluster: $(cat "$folder/messages")"
  [ "$ranks" = "node1 1,node2 1,node3 1,node4 1" ] || [ "$(nproc)" -ge 8 ] ||
    fail "the ranks should be on node1 … node4 with a cpu each, not: $ranks"
done

# Ranks speak over TCP, and messages name the host.
cluster run "$rank_tests" collectives 4 2>"$folder/messages" ||
  fail "the ranks of the local cluster did not reach each other: $(cat "$folder/messages")"
if cluster run "$rank_tests" collectives-wrong >"$folder/messages" 2>&1; then
  fail "an error of a rank should be mpirun's"
fi
grep -qE 'rank [0-3] \(host node[1-4]\): ' "$folder/messages" ||
  fail "a message of a rank should name its host: $(cat "$folder/messages")"

# Four hosts train the same weights as one process, bit for bit; simple-convnet has several buckets.
train=(train --model simple-convnet --data 'shapes:1200,60' --opt adam --epochs 2 --shards 4)
cluster run "$tandem" "${train[@]}" --output "$folder/four" >"$folder/messages" 2>&1 ||
  fail "the local cluster did not train: $(cat "$folder/messages")"
"$tandem" "${train[@]}" --output "$folder/one" >/dev/null 2>&1
cmp "$folder/four/checkpoint-last/model.safetensors" \
  "$folder/one/checkpoint-last/model.safetensors" ||
  fail "four hosts trained other weights than one process"
say "local cluster: $(grep -o 'Rank 0 sent .* per step' "$folder/messages"), same weights as one process"

# A rank that is killed ends the job, with one line of Tandem's that names rank and host.
rank_process() {
  local process
  for process in $(pgrep --full "$folder/endless"); do
    if grep -qz "^OMPI_COMM_WORLD_RANK=$1$" "/proc/$process/environ"; then echo "$process"; fi
  done
}
# Kills a rank in the midst of training: the job names it, and not those that mpirun ends after it.
kill_rank() {
  local job victim
  rm -rf "$folder/endless"
  in_background Cluster/local-cluster run "$tandem" train --model simple-convnet --data shapes \
    --opt adam --epochs 1000000 --output "$folder/endless" >"$folder/messages" 2>&1
  job=$!
  wait_for 30 test -e "$folder/endless/checkpoint-last" ||
    fail "no training: $(cat "$folder/messages")"
  sleep 1
  victim=$(rank_process "$1")
  kill -KILL "$victim" || fail "rank $1 is one process, not these: '$victim'"
  end_of "$job"
  # Open MPI writes its own words in pieces, between which the line of another rank may come.
  [ "$(grep -c 'tandem: error: ' "$folder/messages")" -eq 1 ] ||
    fail "one line about the killed rank $1 was expected: $(cat "$folder/messages")"
  grep -qE "tandem: error: rank $1 \\(host node$(($1 + 1))\\) has died; last heard of: .*step [0-9]+" \
    "$folder/messages" || fail "the killed rank $1 is not named: $(cat "$folder/messages")"
}
# TANDEM_KILLS=20 scripts/test-cluster.sh kills more.
for ((kills = 0; kills < ${TANDEM_KILLS:-3}; kills++)); do
  kill_rank $(((kills + 2) % 4))
done

cluster on node1 touch /dev/shm/of-node1
[ -z "$(cluster on node2 ls /dev/shm)" ] || fail "node2 sees the shared memory of node1"
cluster up 2 2>/dev/null && fail "a second cluster was made over the first"


# How fast bytes get from one host to the other; for the eye, times prove nothing on a busy machine.
cat >"$folder/receive.pl" <<'END'
use IO::Socket::INET; use Time::HiRes 'time';
my $listener = IO::Socket::INET->new(LocalPort => 5000, Listen => 1) or die "listen: $!";
my $peer = $listener->accept;
my ($received, $begin) = (0);
while (my $count = sysread($peer, my $bytes, 1 << 20)) {
  $begin //= time;
  $received += $count;
}
printf "%.0f\n", $received * 8 / (time - $begin) / 1e6;
END
cat >"$folder/send.pl" <<'END'
use IO::Socket::INET;
my $peer;
for (1 .. 100) {
  last if $peer = IO::Socket::INET->new("node1:5000");
  select(undef, undef, undef, 0.1);
}
print { $peer or die "connect: $!" } "x" x (1 << 20) for 1 .. 5;
END
in_background Cluster/local-cluster on node1 perl "$folder/receive.pl" >"$folder/rate"
cluster on node2 perl "$folder/send.pl"
end_of $!
say "local cluster: $(cat "$folder/rate") Mbit/s over links of 200 Mbit/s"

say "local cluster: interrupt, down, interrupted up"
in_background Cluster/local-cluster run sleep "$marker" >/dev/null 2>&1
wait_for 20 marked_are 4 || fail "mpirun did not start its ranks"
kill -INT $!
end_of $!
wait_for 10 marked_are 0 || fail "ranks are left after an interrupt of mpirun"

in_background Cluster/local-cluster run sleep "$marker" >/dev/null 2>&1
wait_for 20 marked_are 4 || fail "mpirun did not start its ranks"
cluster down >/dev/null
end_of $!
expect_everything_gone "down"
cluster down >/dev/null || fail "a second down should do no harm"

for delay in 0.05 0.15 0.3; do
  in_background Cluster/local-cluster up 20 >/dev/null 2>&1
  sleep "$delay"
  kill -INT $!
  end_of $!
  # On a fast machine it may have been complete.
  if [ -e "/run/$TANDEM_CLUSTER-cluster/complete" ]; then cluster down >/dev/null; fi
  expect_everything_gone "an interrupted up"
done

in_background Cluster/local-cluster up 20 >/dev/null 2>&1
wait_for 20 host_is_made node3 || fail "up made no hosts"
kill -KILL $!
wait $! 2>/dev/null || true
if cluster up 1 >/dev/null 2>&1; then fail "up should refuse what is left of a killed up"; fi
cluster down >/dev/null
expect_everything_gone "down after a killed up"
