import Foundation

/// What the operating system says about the machine, beyond the cores (`CPUTopology`). Where it
/// says nothing the fact is nil.
struct MachineFacts: Encodable {
  /// The processor's name.
  let processor: String?
  /// The processor's instruction sets that matter for this work, as the kernel names them.
  let instructionSets: [String]
  let memoryBytes: Int?
  let availableMemoryBytes: Int?
  /// The kernel's policy for transparent huge pages: `always`, `madvise` or `never`.
  let hugePages: String?

  private static let relevantInstructionSets: Set<String> = [
    "sse4_2", "avx", "avx2", "fma", "f16c", "avx512f", "avx512dq", "avx512bw", "avx512vl",
    "avx512_vnni", "avx512_bf16", "avx512_fp16", "avx_vnni", "amx_tile", "amx_bf16", "amx_int8",
    "asimd", "sve", "bf16",
  ]

  static func current() -> MachineFacts {
    let processor = fields(ofFile: "/proc/cpuinfo")
    let memory = fields(ofFile: "/proc/meminfo")
    let features = processor["flags"] ?? processor["Features"] ?? ""
    return MachineFacts(
      processor: processor["model name"],
      instructionSets: features.split(separator: " ").map(String.init).filter {
        relevantInstructionSets.contains($0)
      }.sorted(),
      memoryBytes: kibibytes(memory["MemTotal"]),
      availableMemoryBytes: kibibytes(memory["MemAvailable"]),
      hugePages: text(ofFile: "/sys/kernel/mm/transparent_hugepage/enabled").flatMap(chosen))
  }

  /// `name : value` lines; the first of each name, which in /proc/cpuinfo is the first processor's.
  private static func fields(ofFile path: String) -> [String: String] {
    let pairs = (text(ofFile: path) ?? "").split(whereSeparator: \.isNewline).compactMap {
      line -> (String, String)? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      return (
        line[..<colon].trimmingCharacters(in: .whitespaces),
        line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      )
    }
    return Dictionary(pairs) { first, _ in first }
  }

  /// `24000000 kB` → bytes
  private static func kibibytes(_ text: String?) -> Int? {
    text.flatMap { $0.split(separator: " ").first }.flatMap { Int($0) }.map { $0 * 1024 }
  }

  /// `always [madvise] never` → `madvise`
  private static func chosen(_ text: String) -> String? {
    text.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("[") }
      .map { String($0.dropFirst().dropLast()) }
  }

  private static func text(ofFile path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }
}
