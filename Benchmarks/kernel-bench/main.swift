// What `Benchmarks/kernels` measures: each layer of the zoo that kernels of Tandem's own compute,
// by them and by oneDNN, on so many workers at once. Prints a line of JSON for each case as soon as
// it is measured, see `KernelMeasurement`.
//
//   kernel-bench WORKERS SECONDS [PART OF NAMES]

import Foundation
import TandemCollectives

let arguments = CommandLine.arguments
guard (3...4).contains(arguments.count), let workers = Int(arguments[1]), workers > 0,
  let seconds = Double(arguments[2])
else {
  FileHandle.standardError.write(
    Data("usage: kernel-bench WORKERS SECONDS [PART OF NAMES]\n".utf8))
  exit(2)
}
let team = try Team(workers: workers, pinnedTo: CPUTopology.current().pinnableCPUs)
let encoder = JSONEncoder()
encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
for kernelCase in try KernelCase.all(namesContaining: arguments.count > 3 ? arguments[3] : nil) {
  let line = try encoder.encode(KernelMeasurement(kernelCase, on: team, seconds: seconds))
  FileHandle.standardOutput.write(line + Data("\n".utf8))
}
