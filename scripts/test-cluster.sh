#!/usr/bin/env bash
# Tests the local test cluster: brings hosts up, runs a job over TCP between them, and looks whether
# anything is left behind after `down`, after interrupts and after a kill. Where the machine does not
# allow network namespaces it says so and ends well.

source "$(dirname "$0")/common.sh"

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
  wait_for 20 has_ended "$1" || fail "process $1 does not end"
  wait "$1" 2>/dev/null || true
}

before=$(surroundings)
readonly before

say "local cluster: two hosts"
cluster up 2 --rate 200mbit >/dev/null
if everything_is_gone; then fail "the test does not see that a cluster is up"; fi
names=$(cluster run hostname 2>"$folder/messages" | sort | paste -sd' ') ||
  fail "mpirun failed on the local cluster: $(cat "$folder/messages")"
[ "$names" = "node1 node2" ] || fail "the ranks' hosts should be node1 and node2, not: $names"
if [ "$(nproc)" -ge 2 ]; then
  cpus=$(cluster run nproc 2>/dev/null | paste -sd+)
  [ "$((cpus))" -le "$(nproc)" ] || fail "two hosts should not have more cpus than the machine: $cpus"
fi
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
wait_for 20 marked_are 2 || fail "mpirun did not start its two ranks"
kill -INT $!
end_of $!
wait_for 10 marked_are 0 || fail "ranks are left after an interrupt of mpirun"

in_background Cluster/local-cluster run sleep "$marker" >/dev/null 2>&1
wait_for 20 marked_are 2 || fail "mpirun did not start its two ranks"
cluster down >/dev/null
end_of $!
expect_everything_gone "down"
cluster down >/dev/null || fail "a second down should do no harm"

for delay in 0.05 0.2 0.4; do
  in_background Cluster/local-cluster up 40 >/dev/null 2>&1
  sleep "$delay"
  kill -INT $!
  end_of $!
  # On a fast machine it may have been complete.
  if [ -e "/run/$TANDEM_CLUSTER-cluster/complete" ]; then cluster down >/dev/null; fi
  expect_everything_gone "an interrupted up"
done

in_background Cluster/local-cluster up 40 >/dev/null 2>&1
wait_for 20 host_is_made node3 || fail "up made no hosts"
kill -KILL $!
wait $! 2>/dev/null || true
if cluster up 1 >/dev/null 2>&1; then fail "up should refuse what is left of a killed up"; fi
cluster down >/dev/null
expect_everything_gone "down after a killed up"
