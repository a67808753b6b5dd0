/// The accuracy on the images of one class.
public struct ClassAccuracy: Hashable, Codable, Sendable {
  public let name: String
  public let images: Int
  /// Images whose label has the largest logit.
  public let correct: Int

  /// The fraction of the images, 0…1; nil for a class without images.
  public var accuracy: Double? { images == 0 ? nil : Double(correct) / Double(images) }

  enum CodingKeys: CodingKey {
    case name
    case images
    case correct
    case accuracy
  }

  public init(name: String, images: Int, correct: Int) {
    self.name = name
    self.images = images
    self.correct = correct
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    images = try container.decode(Int.self, forKey: .images)
    correct = try container.decode(Int.self, forKey: .correct)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(images, forKey: .images)
    try container.encode(correct, forKey: .correct)
    try container.encodeIfPresent(accuracy, forKey: .accuracy)
  }
}
