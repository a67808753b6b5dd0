import TandemTensor
import TestSupport
import Testing

/// Files with mistakes of all kinds, the same ones in every run: each is read or refused in one
/// line, and what is read is no larger than the file justifies.
@Suite struct SafeTensorsFuzzTests {
  /// The header of a valid file, in pieces: each is what one mistake replaces.
  private static let pieces: [String] =
    [
      "{", #""__metadata__""#, ":", "{", #""format""#, ":", #""pt""#, "}", ",",
    ] + tensor(#""conv1.weight""#, "F32", ["2", "3"], 0, 24) + [","]
    + tensor(#""bn1.running_mean""#, "F16", ["3"], 24, 30) + [","]
    + tensor(#""bn1.num_batches_tracked""#, "I64", [], 30, 38) + [","]
    + tensor(#""nothing""#, "F64", ["0", "4"], 38, 38) + ["}"]

  private static let dataBytes = 38

  private static func tensor(
    _ name: String, _ type: String, _ shape: [String], _ begin: Int, _ end: Int
  ) -> [String] {
    [name, ":", "{", #""dtype""#, ":", "\"\(type)\"", ",", #""shape""#, ":", "["]
      + Array(shape.map { [$0] }.joined(separator: [","]))
      + ["]", ",", #""data_offsets""#, ":", "[", "\(begin)", ",", "\(end)", "]", "}"]
  }

  private static let mistakes: [String] = [
    "", " ", "0", "1", "-1", "00", "1e3", "4.0", "30", "38", "39", "NaN", "Infinity", "-Infinity",
    "null", "true", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808",
    "18446744073709551616", "[", "]", "{", "}", ",", ":", "\"", "\"\"", #""\ud800""#, #""\q""#,
    #""\n""#, "\u{0}", "\u{7F}", #""conv1.weight""#, #""__metadata__""#, #""F32""#, #""BF16""#,
    #""F4""#, #""f32""#, "[[[[[[[[", #""a":1,"#, "/*", "\u{FEFF}", "1,1,1,1,1,1,1,1",
  ]

  private var random = CounterRandom(seed: 4, purpose: .test).sequence(0)

  @Test func theFileWithoutMistakesIsRead() throws {
    let file = try parse(contents(of: Self.pieces))
    #expect(
      file.tensors.mapValues(\.shape.dimensions) == [
        "conv1.weight": [2, 3], "bn1.running_mean": [3], "nothing": [0, 4],
      ])
    #expect(file.skippedTypes == ["bn1.num_batches_tracked": "I64"])
  }

  @Test mutating func anyMistakeIsReadOrRefused() throws {
    var read = 0
    var refused = 0
    var reasons: Set<String> = []
    for _ in 0..<10_000 {
      let contents = damagedContents()
      do {
        let file = try parse(contents)
        read += 1
        let elements = file.tensors.values.map(\.elements.count).reduce(0, +)
        #expect(elements * 2 <= contents.count, "16 bits are the smallest elements that are read")
        let names = file.tensors.count + file.skippedTypes.count + file.metadata.count
        #expect(names < contents.count)
        #expect(file.tensors.values.allSatisfy { $0.shape.elementCount == $0.elements.count })
      } catch let error as SafeTensorsError {
        refused += 1
        let text = "\(error)"
        #expect(text.split(whereSeparator: \.isNewline).count == 1)
        #expect(text.utf8.count < 600)
        reasons.insert(Self.reason(error.fact))
      }
    }
    // The mistakes are neither all fatal nor all harmless, and reach every check.
    #expect(read > 200)
    #expect(refused > 1000)
    #expect(reasons.count == 9, "\(reasons.sorted())")
  }

  /// The case's name, as many as there are checks in the reader.
  private static func reason(_ fact: SafeTensorsError.Fact) -> String {
    String("\(fact)".prefix { $0 != "(" })
  }

  /// Up to three mistakes in the header, now and then in its length and in the data as well.
  private mutating func damagedContents() -> [UInt8] {
    var pieces = Self.pieces
    for _ in 0...Int.random(in: 0...2, using: &random) { damage(&pieces) }
    var contents = contents(of: pieces)
    switch Int.random(in: 0..<8, using: &random) {
    case 0: contents.removeLast(Int.random(in: 0...contents.count, using: &random))
    case 1: contents += Array(repeating: 0xFF, count: Int.random(in: 1...9, using: &random))
    case 2:
      contents[Int.random(in: 0..<8, using: &random)] = UInt8.random(in: 0...255, using: &random)
    case 3:
      let place = Int.random(in: 0..<contents.count, using: &random)
      contents[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    default: break
    }
    return contents
  }

  private mutating func damage(_ pieces: inout [String]) {
    guard !pieces.isEmpty else { return }
    let place = Int.random(in: 0..<pieces.count, using: &random)
    let all = Self.mistakes + Self.pieces
    let mistake = all[Int.random(in: 0..<all.count, using: &random)]
    switch Int.random(in: 0..<16, using: &random) {
    case 0: pieces.remove(at: place)
    case 1: pieces.insert(mistake, at: place)
    case 2: pieces[place] = mistake
    case 3: pieces.swapAt(place, Int.random(in: 0..<pieces.count, using: &random))
    case 4:
      // A stretch again: whole tensors twice, among others.
      let end = Int.random(in: place..<pieces.count, using: &random)
      pieces.insert(contentsOf: pieces[place...end], at: place)
    case 5:
      // All offsets from here on; extents are smaller than these. Between two tensors this makes a
      // gap or an overlap.
      let distance = Int.random(in: -8...8, using: &random)
      for index in place..<pieces.count {
        if let number = Int(pieces[index]), number > 4 {
          pieces[index] = "\(number &+ distance)"
        }
      }
    default:
      // Another name for a name, another number for a number: JSON that may be wrong in what it
      // says.
      let kind = Self.kind(pieces[place])
      let same = all.filter { Self.kind($0) == kind }
      pieces[place] = same[Int.random(in: 0..<same.count, using: &random)]
    }
  }

  private static func kind(_ piece: String) -> Int {
    if UInt(piece) != nil { return 0 }
    return piece.hasPrefix("\"") && piece.hasSuffix("\"") ? 1 : 2
  }

  private func contents(of pieces: [String]) -> [UInt8] {
    safeTensors(pieces.joined(), data: (0..<Self.dataBytes).map { UInt8($0) })
  }
}
