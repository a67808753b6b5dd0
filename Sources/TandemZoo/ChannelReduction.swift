import TandemNetwork

// The 5×5 branch of GoogLeNet's module 4a alone (Szegedy et al. 2014, https://arxiv.org/abs/1409.4842,
// table 1: 480 maps of 14×14 in, 48 out), directly and through 16 maps of 1×1. One image costs
// 14·14·48·480·25 = 112,896,000 multiply-adds directly, and 14·14·(16·480 + 48·16·25) = 5,268,480 with the
// reduction.
//
// Deviation: the mean of each map follows, so that the branch is a network with 48 outputs.

extension Zoo {
  static let channelReductions = [
    ZooEntry(
      "reduction-none", family: "ChannelReduction",
      summary: "5×5 on 480 maps, 112.9 M multiply-adds",
      input: [480, 14, 14], classes: 48
    ) { name, input, classes in
      Network(name, input: input) {  // [N,480,14,14]
        Conv2D(classes, kernel: 5, padding: 2)  // → [N,48,14,14]
        ReLU()
        GlobalAveragePool2D()  // → [N,48]
      }
    },
    ZooEntry(
      "reduction-1x1", family: "ChannelReduction",
      summary: "the same through 16 maps of 1×1, 5.3 M multiply-adds",
      input: [480, 14, 14], classes: 48
    ) { name, input, classes in
      Network(name, input: input) {  // [N,480,14,14]
        Conv2D(16, kernel: 1)  // → [N,16,14,14]
        ReLU()
        Conv2D(classes, kernel: 5, padding: 2)  // → [N,48,14,14]
        ReLU()
        GlobalAveragePool2D()  // → [N,48]
      }
    },
  ]
}
