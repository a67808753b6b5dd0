"""Times full training steps of PyTorch's DistributedDataParallel and prints one JSON object.

A step takes the next images from memory, 8-bit pixels that become floats as `tandem bench` does it,
and then does zero_grad, forward, cross-entropy, backward with the exchange of gradients over gloo,
and the optimizer's step, eager, float32. Each process has one thread and its share of the
mini-batch. Run by compare, which also tunes malloc.
"""

import argparse
import json
import os
import statistics
import tempfile
import time

import torch
from torch import distributed, multiprocessing
from torch.nn.parallel import DistributedDataParallel

import pytorch_step
from pytorch_step import zoo

IMAGES_IN_MEMORY = 256  # as many as `tandem bench` has


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, choices=zoo.NETWORKS)
    parser.add_argument("--batch-size", type=int, required=True, help="of all processes together")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--warm-up", type=int, default=pytorch_step.WARM_UP_STEPS)
    parser.add_argument("--opt", choices=pytorch_step.OPTIMIZERS, default="sgd")
    parser.add_argument("--fused", action="store_true", help="the optimizer's fused kernel")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--pin", action="store_true", help="each process to a core of its own")
    parser.add_argument("--bucket-view", action="store_true", help="gradient_as_bucket_view")
    parser.add_argument("--static-graph", action="store_true")
    parser.add_argument("--bucket-mb", type=float, default=25, help="bucket_cap_mb")
    arguments = parser.parse_args()
    if arguments.processes < 1 or arguments.batch_size < arguments.processes:
        parser.error("--processes must be at least 1, and --batch-size at least as many")
    return arguments


def pin(rank):
    """To be called before torch starts threads: they inherit it."""
    cpus = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpus[rank % len(cpus)]})


def share(batch_size, rank, processes):
    """The images of one process: they add up to the mini-batch."""
    return batch_size // processes + (rank < batch_size % processes)


def work(rank, arguments, store):
    """One process."""
    if arguments.pin:
        pin(rank)
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=f"file://{store}", rank=rank, world_size=arguments.processes
    )
    torch.manual_seed(0)
    memory_format = torch.channels_last if arguments.channels_last else torch.contiguous_format
    network = zoo.make(arguments.model).to(memory_format=memory_format)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    network = DistributedDataParallel(
        network,
        gradient_as_bucket_view=arguments.bucket_view,
        static_graph=arguments.static_graph,
        bucket_cap_mb=arguments.bucket_mb,
    )
    fused = {"fused": True} if arguments.fused else {}
    optimizer = pytorch_step.OPTIMIZERS[arguments.opt](
        network.parameters(), lr=pytorch_step.LEARNING_RATE, **fused
    )
    images = share(arguments.batch_size, rank, arguments.processes)
    torch.manual_seed(rank)
    in_memory = max(IMAGES_IN_MEMORY, images)
    _, shape, classes = zoo.NETWORKS[arguments.model]
    pixels = torch.randint(256, (in_memory, *shape), dtype=torch.uint8)
    labels = torch.randint(classes, (in_memory,))

    def step(number):
        start = number * images % (in_memory - images + 1)
        rows = slice(start, start + images)
        optimizer.zero_grad(set_to_none=True)
        batch = pixels[rows].to(memory_format=memory_format).float().div_(255)
        pytorch_step.loss(network(batch), labels[rows]).backward()
        optimizer.step()

    for number in range(arguments.warm_up):
        step(number)
    seconds = []
    for number in range(arguments.steps):
        start = time.perf_counter()
        step(number)
        seconds.append(time.perf_counter() - start)
    distributed.barrier()
    distributed.destroy_process_group()
    if rank == 0:
        print(
            json.dumps(
                {
                    "imagesPerSecond": arguments.batch_size / statistics.median(seconds),
                    "model": arguments.model,
                    "batchSize": arguments.batch_size,
                    "processes": arguments.processes,
                    "steps": arguments.steps,
                    "parameters": parameters,
                    "version": torch.__version__,
                }
            ),
            flush=True,
        )
    # The end of the interpreter aborts now and then, because threads of gloo still hold tensors:
    # https://github.com/pytorch/pytorch/pull/179291
    os._exit(0)


def main():
    arguments = parse()
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "store")
        multiprocessing.spawn(work, (arguments, store), nprocs=arguments.processes)


if __name__ == "__main__":
    main()
