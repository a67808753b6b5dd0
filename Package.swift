// swift-tools-version: 6.1
import PackageDescription

// Modules in the order of the data flow's dependencies: each may import only what stands below it.
let package = Package(
  name: "tandem",
  products: [
    .executable(name: "tandem", targets: ["TandemTool"]),
    .library(name: "Tandem", targets: ["Tandem"]),
  ],
  dependencies: [
    // Subcommands, long options, --help and completion scripts.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    // The logging interface that Swift programs on servers share.
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    // YAML, in which people write files of options: quoting, lists and comments as they know them.
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    // Files of ONNX and TensorBoard: both are messages of protocol buffers.
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    // Pages that a training serves: sockets that wait without a thread each. Its sockets only; its
    // HTTP server has no bounds for what visitors send and for how long they take.
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    .executableTarget(
      name: "TandemTool",
      dependencies: [
        "Tandem", "TandemReference", "TandemLive", "TandemExport", "TandemInsight",
        "TandemTraining",
        "TandemCollectives", "TandemImage", "TandemNetwork", "TandemTensor", "TandemProcess",
        "CKernels", "CMemory",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Yams", package: "Yams"),
      ],
      path: "Sources/tandem"
    ),
    .target(
      name: "Tandem",
      dependencies: [
        "TandemExport", "TandemInsight", "TandemTraining", "TandemData", "TandemImage",
        "TandemExecution", "TandemCollectives", "TandemZoo", "TandemNetwork", "TandemTensor",
      ]
    ),
    .target(
      name: "TandemLive",
      dependencies: [
        "TandemInsight", "TandemTraining", "TandemData", "TandemImage", "TandemNetwork",
        "TandemTensor", "TandemProcess", "CProcess",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "FlyingSocks", package: "FlyingFox"),
      ]
    ),
    .target(
      name: "TandemExport",
      dependencies: [
        "TandemInsight", "TandemTraining", "TandemData", "TandemImage", "TandemNetwork",
        "TandemTensor",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      // What scripts/generate-protobuf.sh makes Swift of.
      exclude: ["Protobuf/onnx.proto", "Protobuf/tensorboard.proto"]
    ),
    .target(
      name: "TandemInsight",
      dependencies: [
        "TandemTraining", "TandemData", "TandemImage", "TandemExecution", "TandemCollectives",
        "TandemNetwork", "TandemTensor", "TandemProcess", "CCairo",
      ]
    ),
    .target(
      name: "TandemTraining",
      dependencies: [
        "TandemData", "TandemExecution", "TandemCollectives", "TandemNetwork", "TandemTensor",
        "TandemProcess", "CKernels",
        .product(name: "Logging", package: "swift-log"),
      ]
    ),
    .target(
      name: "TandemData",
      dependencies: [
        "TandemImage", "TandemTensor", "TandemProcess", "CFetch", "CZlib", "CKernels",
      ]),
    .target(name: "TandemImage", dependencies: ["CPictures", "CKernels"]),
    .target(
      name: "TandemExecution",
      dependencies: ["TandemNetwork", "TandemTensor", "COneDNN", "CKernels"]
    ),
    .target(name: "TandemCollectives", dependencies: ["TandemProcess", "COpenMPI", "CKernels"]),
    .target(name: "TandemReference", dependencies: ["TandemNetwork", "TandemTensor"]),
    .target(name: "TandemZoo", dependencies: ["TandemNetwork", "TandemTensor"]),
    .target(name: "TandemNetwork", dependencies: ["TandemTensor", "TandemProcess"]),
    .target(name: "TandemTensor", dependencies: ["TandemProcess", "CZip", "CKernels"]),
    .target(name: "TandemProcess", dependencies: ["CProcess"]),

    // C: one thin shim per system library (oneDNN's is C++, to catch what it throws), and kernels
    // of Tandem's own where oneDNN has none or slower ones.
    .target(
      name: "COneDNN",
      linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("gomp"), .linkedLibrary("stdc++")]),
    // Files of pictures: their libraries leave errors by jumps, which may only be in C.
    .target(
      name: "CPictures",
      linkerSettings: [
        .linkedLibrary("jpeg"), .linkedLibrary("png"), .linkedLibrary("webp"), .linkedLibrary("z"),
      ]),
    // Files from elsewhere: libcurl's options can only be set in C.
    .target(name: "CFetch", linkerSettings: [.linkedLibrary("curl")]),
    // Its headers stand beside what they declare; its module.modulemap lists those for Swift.
    .target(name: "CKernels", publicHeadersPath: "."),
    .target(name: "CProcess"),
    // For programs only: ends them with a line where the system refuses memory.
    .target(name: "CMemory"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "COpenMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
    .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),

    // What Benchmarks/decode measures of Tandem.
    .executableTarget(
      name: "picture-bench", dependencies: ["TandemImage"], path: "Benchmarks/picture-bench"),
    // What Benchmarks/kernels measures.
    .executableTarget(
      name: "kernel-bench",
      dependencies: [
        "TandemExecution", "TandemCollectives", "TandemZoo", "TandemNetwork", "TandemTensor",
      ],
      path: "Benchmarks/kernel-bench"),

    // What tests of several modules need: temporary folders, fixtures, the text of errors.
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    // Training by the devices of a mesh beside training by one worker, in a process or under
    // mpirun.
    .target(
      name: "MeshProof",
      dependencies: [
        "TandemTraining", "TandemData", "TandemCollectives", "TandemZoo", "TandemNetwork",
        "TandemTensor",
      ],
      path: "Tests/MeshProof"
    ),
    // A program of its own, because mpirun starts programs: the ranks' part of distributed tests.
    .executableTarget(
      name: "rank-tests",
      dependencies: [
        "MeshProof", "TandemTraining", "TandemData", "TandemExecution", "TandemCollectives",
        "TandemZoo", "TandemNetwork", "TandemTensor", "TandemProcess", "CMemory",
      ],
      path: "Tests/RankTests"
    ),
    .testTarget(
      name: "TandemProcessTests", dependencies: ["TandemProcess", "CProcess", "TestSupport"]),
    .testTarget(
      name: "TandemTensorTests", dependencies: ["TandemTensor", "TandemProcess", "TestSupport"]),
    .testTarget(
      name: "TandemNetworkTests",
      dependencies: ["TandemZoo", "TandemReference", "TandemNetwork", "TandemTensor"]
    ),
    .testTarget(
      name: "TandemDataTests",
      dependencies: ["TandemData", "TandemImage", "TandemTensor", "CKernels", "TestSupport"]),
    .testTarget(
      name: "TandemImageTests",
      dependencies: ["TandemImage", "TestSupport"]),
    .testTarget(
      name: "TandemCollectivesTests",
      // rank-tests is what the tests run under mpirun.
      dependencies: ["TandemCollectives", "TandemTensor", "CKernels", "TestSupport", "rank-tests"]
    ),
    .testTarget(
      name: "TandemExecutionTests",
      dependencies: [
        "TandemExecution", "TandemReference", "TandemZoo", "TandemNetwork", "TandemTensor",
        "COneDNN", "CKernels",
      ]
    ),
    .testTarget(
      name: "TandemTrainingTests",
      dependencies: [
        "TandemInsight", "TandemTraining", "TandemData", "TandemExecution", "TandemCollectives",
        "TandemZoo", "TandemNetwork", "TandemTensor", "MeshProof", "TestSupport",
        // rank-tests is what the tests run under mpirun.
        "rank-tests",
        .product(name: "InMemoryLogging", package: "swift-log"),
        .product(name: "Logging", package: "swift-log"),
      ]
    ),
    .testTarget(
      name: "TandemInsightTests",
      dependencies: [
        "TandemInsight", "TandemTraining", "TandemData", "TandemImage", "TandemExecution",
        "TandemCollectives",
        "TandemZoo", "TandemNetwork", "TandemTensor", "TestSupport",
      ]
    ),
    .testTarget(
      name: "TandemLiveTests",
      dependencies: [
        "TandemLive", "TandemInsight", "TandemTraining", "TandemData", "TandemImage",
        "TandemNetwork", "TandemTensor", "TestSupport",
      ]
    ),
    .testTarget(
      name: "TandemExportTests",
      dependencies: [
        "TandemExport", "TandemTraining", "TandemImage", "TandemData", "TandemReference",
        "TandemZoo",
        "TandemNetwork", "TandemTensor", "TestSupport",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]
    ),
    .testTarget(
      name: "TandemToolTests",
      dependencies: [
        "Tandem", "TandemExport", "TandemTraining", "TandemImage", "TandemTensor", "TestSupport",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      // These tests wait for programs: optimizing them would take four minutes of each build and
      // make nothing faster.
      swiftSettings: [.unsafeFlags(["-Onone"], .when(configuration: .release))]),
  ]
)
