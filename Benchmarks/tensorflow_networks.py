"""The networks of Tandem's zoo that are compared with TensorFlow, written for Keras
(Sources/TandemZoo).

Images are [H, W, C], the only order that TensorFlow's convolutions have on CPUs. Each function
returns the network, whose output are the logits, or a list of them and those of auxiliary heads.
"""

import keras
import tensorflow
from keras import layers


class ResponseNorm(layers.Layer):
    """Local response normalisation over five channels, in each of the towers apart."""

    def __init__(self, towers=1, k=1.0, alpha=1e-4, **options):
        super().__init__(**options)
        self.towers, self.k, self.alpha = towers, k, alpha

    def call(self, x):
        parts = [
            tensorflow.nn.local_response_normalization(part, 2, self.k, self.alpha, 0.75)
            for part in tensorflow.split(x, self.towers, axis=-1)
        ]
        return parts[0] if self.towers == 1 else tensorflow.concat(parts, axis=-1)


def conv(x, channels, kernel, padding="same", stride=1, groups=1, activation="relu", bias=True):
    """A convolution; groups are convolutions of their own, since on CPUs there are no others."""
    parts = [x] if groups == 1 else keras.ops.split(x, groups, axis=-1)
    outputs = [
        layers.Conv2D(
            channels // groups,
            kernel,
            strides=stride,
            padding=padding,
            activation=activation,
            use_bias=bias,
        )(part)
        for part in parts
    ]
    return outputs[0] if groups == 1 else layers.Concatenate()(outputs)


def pool(x, size=3, stride=2, padding="valid"):
    return layers.MaxPooling2D(size, stride, padding)(x)


def dense(x, units, activation="relu"):
    return layers.Dense(units, activation)(x)


def alexnet():
    images = keras.Input((224, 224, 3))
    x = layers.ZeroPadding2D(((2, 1), (2, 1)))(images)
    x = conv(x, 96, 11, "valid", stride=4)
    x = pool(ResponseNorm(towers=2, k=2)(x))
    x = conv(x, 256, 5, groups=2)
    x = pool(ResponseNorm(towers=2, k=2)(x))
    x = conv(x, 384, 3)
    x = conv(x, 384, 3, groups=2)
    x = conv(x, 256, 3, groups=2)
    x = layers.Flatten()(pool(x))
    for _ in range(2):
        x = layers.Dropout(0.5)(dense(x, 4096))
    return keras.Model(images, dense(x, 1000, None))


def vgg_d():
    images = x = keras.Input((224, 224, 3))
    for channels, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(count):
            x = conv(x, channels, 3)
        x = pool(x, 2)
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dropout(0.5)(dense(x, 4096))
    return keras.Model(images, dense(x, 1000, None))


INCEPTIONS = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


def googlenet():
    images = keras.Input((224, 224, 3))
    x = pool(conv(images, 64, 7, stride=2), padding="same")
    x = conv(ResponseNorm(alpha=1e-4 / 5)(x), 64, 1)
    x = pool(ResponseNorm(alpha=1e-4 / 5)(conv(x, 192, 3)), padding="same")
    heads = []
    for name, (one, reduce3, three, reduce5, five, project) in INCEPTIONS.items():
        if name in ("4a", "5a"):
            x = pool(x, padding="same")
        branches = [
            conv(x, one, 1),
            conv(conv(x, reduce3, 1), three, 3),
            conv(conv(x, reduce5, 1), five, 5),
            conv(pool(x, 3, 1, "same"), project, 1),
        ]
        x = layers.Concatenate()(branches)
        if name in ("4a", "4d"):
            head = conv(layers.AveragePooling2D(5, 3)(x), 128, 1)
            head = layers.Dropout(0.7)(dense(layers.Flatten()(head), 1024))
            heads.append(dense(head, 1000, None))
    x = layers.Dropout(0.4)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(images, [dense(x, 1000, None), *heads])


def resnet_50():
    def unit(x, channels, kernel, stride=1, activation=True):
        x = conv(x, channels, kernel, stride=stride, activation=None, bias=False)
        x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
        return layers.ReLU()(x) if activation else x

    images = keras.Input((224, 224, 3))
    x = pool(unit(images, 64, 7, 2), padding="same")
    for stage, (channels, count) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            y = unit(unit(x, channels, 1, stride), channels, 3)
            y = unit(y, 4 * channels, 1, activation=False)
            if block == 0:
                x = unit(x, 4 * channels, 1, stride, activation=False)
            x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, dense(x, 1000, None))


def lenet():
    images = keras.Input((28, 28, 1))
    x = layers.AveragePooling2D(2)(conv(images, 6, 5, activation="tanh"))
    x = layers.AveragePooling2D(2)(conv(x, 16, 5, "valid", activation="tanh"))
    x = dense(dense(layers.Flatten()(x), 120, "tanh"), 84, "tanh")
    return keras.Model(images, dense(x, 10, None))


def simple_convnet():
    images = keras.Input((28, 28, 1))
    x = layers.Flatten()(pool(conv(images, 30, 5, "valid"), 2))
    return keras.Model(images, dense(dense(x, 100), 10, None))


NETWORKS = {
    "alexnet": alexnet,
    "vgg-d": vgg_d,
    "googlenet": googlenet,
    "resnet-50": resnet_50,
    "lenet": lenet,
    "simple-convnet": simple_convnet,
}
