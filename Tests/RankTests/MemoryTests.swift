import CMemory

/// What becomes of a program that asks for more than there is. Run by itself, under a limit.
let memoryTests: [String: RankTest] = [
  // Small pieces, until the system refuses one; ends the process.
  "exhaust-memory": { _, _ in
    tandem_name_process("rank 7: ")
    tandem_advise_process("run by hand")
    var pieces: [[UInt8]] = []
    while pieces.count < 1 << 20 { pieces.append(Array(repeating: 1, count: 8192)) }
    throw Unexpected("\(pieces.count) pieces of 8 KiB under a limit")
  }
]
