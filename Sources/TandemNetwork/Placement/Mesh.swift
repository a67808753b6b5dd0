/// The arrangement of all workers as (data × model): `data` model groups of `model` devices each.
/// Every model group works on a part of the mini-batch of its own, its data part.
///
/// Devices are numbered group by group: the devices of a group are neighbours.
public struct Mesh: Hashable, Sendable {
  /// How many data parts a mini-batch has.
  public let data: Int
  /// How many devices share a data part.
  public let model: Int

  /// The largest number of either.
  public static let most = 4096

  public init(data: Int, model: Int) {
    precondition(
      (1...Self.most).contains(data) && (1...Self.most).contains(model), "no mesh: \(data)x\(model)"
    )
    self.data = data
    self.model = model
  }

  /// `2x2`: first the data parts, then the devices of each; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { part in
      part.allSatisfy { ("0"..."9").contains($0) } ? Int(part) : nil
    }
    guard parts.count == 2, numbers.count == 2,
      numbers.allSatisfy({ (1...Self.most).contains($0) })
    else { return nil }
    self.init(data: numbers[0], model: numbers[1])
  }

  /// All of them.
  public var devices: Int { data * model }
}

extension Mesh: CustomStringConvertible {
  public var description: String { "\(data)x\(model)" }
}

/// The mesh in files: `"2x2"`.
extension Mesh: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let mesh = Mesh(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(text)\" is no mesh such as \"2x2\"")
    }
    self = mesh
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
