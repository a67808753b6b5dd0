"""Reads the event files of a folder by TensorBoard's own reader, and prints as JSON what it has
found, after what it forgets of runs that were continued.

    read_events.py FOLDER

It needs tensorboard.
"""

import json
import sys

from tensorboard.backend.event_processing import event_accumulator
from tensorboard.compat.proto import graph_pb2
from tensorboard.plugins.hparams import metadata


def main(folder):
    # 0 is all of them, no samples.
    everything = dict.fromkeys(event_accumulator.DEFAULT_SIZE_GUIDANCE, 0)
    board = event_accumulator.EventAccumulator(folder, size_guidance=everything)
    board.Reload()
    tags = board.Tags()
    graph = graph_pb2.GraphDef()
    if tags["graph"]:
        graph.CopyFrom(board.Graph())
    content = board.PluginTagToContent(metadata.PLUGIN_NAME)
    start = metadata.parse_session_start_info_plugin_data(content[metadata.SESSION_START_INFO_TAG])
    print(
        json.dumps(
            {
                "scalars": {t: [e.step for e in board.Scalars(t)] for t in tags["scalars"]},
                "histograms": tags["histograms"],
                "images": tags["images"],
                "graphNodes": [node.name for node in graph.node],
                "hparams": sorted(start.hparams),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
