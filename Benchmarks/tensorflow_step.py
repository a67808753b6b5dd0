"""Times full training steps of TensorFlow on synthetic data and prints one JSON object.

A step is forward, cross-entropy, backward and the optimizer's update, in one tf.function, float32.
The images are in memory already. Run by compare.
"""

import argparse
import json
import math
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras  # noqa: E402
import tensorflow  # noqa: E402

import tensorflow_networks  # noqa: E402

OPTIMIZERS = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}
LEARNING_RATE = 1e-5  # as in pytorch_step.py
HEAD_WEIGHT = 0.3


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, choices=tensorflow_networks.NETWORKS)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--warm-up", type=int, default=20)
    parser.add_argument("--opt", choices=OPTIMIZERS, default="sgd")
    parser.add_argument("--xla", action="store_true", help="compile the step")
    return parser.parse_args()


def main():
    arguments = parse()
    tensorflow.config.threading.set_intra_op_parallelism_threads(arguments.threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    keras.utils.set_random_seed(0)
    network = tensorflow_networks.NETWORKS[arguments.model]()
    classes = network.outputs[0].shape[-1]
    images = tensorflow.random.uniform((arguments.batch_size, *network.inputs[0].shape[1:]))
    labels = tensorflow.random.uniform(
        (arguments.batch_size,), maxval=classes, dtype=tensorflow.int32
    )
    optimizer = OPTIMIZERS[arguments.opt](LEARNING_RATE)
    optimizer.build(network.trainable_variables)
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tensorflow.function(jit_compile=arguments.xla)
    def step():
        with tensorflow.GradientTape() as tape:
            outputs = network(images, training=True)
            logits, *heads = outputs if isinstance(outputs, list) else [outputs]
            loss = cross_entropy(labels, logits)
            for head in heads:
                loss += HEAD_WEIGHT * cross_entropy(labels, head)
        variables = network.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    for _ in range(arguments.warm_up):
        step().numpy()
    seconds = []
    for _ in range(arguments.steps):
        start = time.perf_counter()
        step().numpy()
        seconds.append(time.perf_counter() - start)
    print(
        json.dumps(
            {
                "imagesPerSecond": arguments.batch_size / statistics.median(seconds),
                "model": arguments.model,
                "batchSize": arguments.batch_size,
                "workers": arguments.threads,
                "steps": arguments.steps,
                "parameters": sum(math.prod(each.shape) for each in network.trainable_weights),
                "version": tensorflow.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()
