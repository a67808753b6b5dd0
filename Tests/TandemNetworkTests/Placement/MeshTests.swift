import Foundation
import TandemNetwork
import Testing

@Suite struct MeshTests {
  @Test func isDataTimesModel() throws {
    let mesh = try #require(Mesh("3x2"))
    #expect(mesh.data == 3 && mesh.model == 2 && mesh.devices == 6)
    #expect("\(mesh)" == "3x2")
    let data = try JSONEncoder().encode(mesh)
    #expect(String(decoding: data, as: UTF8.self) == "\"3x2\"")
    #expect(try JSONDecoder().decode(Mesh.self, from: data) == mesh)
  }

  @Test(arguments: [
    "", "2", "x", "2x", "x2", "2x0", "0x2", "-1x2", "+1x2", "2x2x2", "2 x 2", "axb", "4097x1",
    "2X2", "1.5x2", "99999999999999999999x1", "２x2",
  ])
  func othersAreNone(text: String) {
    #expect(Mesh(text) == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Mesh.self, from: Data("\"\(text)\"".utf8))
    }
  }

  /// 11 images over 2 data parts of 3 devices: 6 and 5, then 2 + 2 + 2 and 2 + 2 + 1.
  @Test func imagesAreDividedNearlyEvenly() throws {
    let division = ImageDivision(Mesh(data: 2, model: 3), batchSize: 11)
    #expect((0..<2).map { division.images(ofPart: $0) } == [6, 5])
    let own = (0..<2).map { part in
      (0..<3).map { division.images(ofPart: part, member: $0) }
    }
    #expect(own == [[2, 2, 2], [2, 2, 1]])
  }
}
