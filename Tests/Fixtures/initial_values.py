"""Prints the first values of two small parameters, which ParameterInitializationTests states: an
independent implementation of Philox4x32-10 and of how Tandem draws initial values from it.

    python initial_values.py
"""

import math

MASK32, MASK64 = (1 << 32) - 1, (1 << 64) - 1


def key(seed, purpose):
    z = (seed + 0x9E3779B97F4A7C15 * (purpose + 1)) & MASK64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK64
    return z ^ (z >> 31)


def philox(key, a, b, c, d):
    key0, key1 = key & MASK32, key >> 32
    for _ in range(10):
        low, high = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (high >> 32) ^ b ^ key0, high & MASK32, (low >> 32) ^ d ^ key1, low & MASK32
        key0, key1 = (key0 + 0x9E3779B9) & MASK32, (key1 + 0xBB67AE85) & MASK32
    return a, b, c, d


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK64
    return value


def words(seed, name, count):
    hash = fnv1a(name)
    for block in range(count // 4):
        yield philox(key(seed, 0), block, 0, hash & MASK32, hash >> 32)


def uniform(seed, name, count, bound):
    for block in words(seed, name, count):
        for word in block:
            yield ((word >> 8) * 2.0**-23 - 1) * bound


def normal(seed, name, count, deviation):
    for block in words(seed, name, count):
        for first, second in (block[:2], block[2:]):
            radius = math.sqrt(-2 * math.log((first + 0.5) * 2.0**-32))
            angle = 2 * math.pi * second * 2.0**-32
            yield radius * math.cos(angle) * deviation
            yield radius * math.sin(angle) * deviation


print("dense1.weight", [float(f"{x:.9g}") for x in uniform(42, "dense1.weight", 8, 0.5)])
print("dense2.weight", [float(f"{x:.9g}") for x in normal(42, "dense2.weight", 4, 1)])
