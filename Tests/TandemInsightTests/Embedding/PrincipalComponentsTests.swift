import Foundation
import TandemInsight
import TandemTensor
import TestSupport
import Testing

/// Principal components against numpy's singular value decomposition.
@Suite struct PrincipalComponentsTests {
  private struct Case: Decodable {
    let rows: [[Float]]
    let components: [[Double]]
    let scores: [[Double]]
    let variances: [Double]
    let total: Double

    var tensor: Tensor {
      Tensor(shape: [rows.count, rows[0].count], elements: rows.flatMap { $0 })
    }
  }

  private static func cases() throws -> [Case] {
    try JSONDecoder().decode(
      [Case].self,
      from: Data(bytes(of: fixturePath("TandemInsight/principal-components.json"))))
  }

  /// The largest difference between two tables.
  private static func difference(_ first: [[Double]], _ second: [[Double]]) -> Double {
    zip(first.joined(), second.joined()).map { abs($0 - $1) }.max() ?? 0
  }

  @Test func componentsAreNumPys() throws {
    let cases = try Self.cases()
    #expect(cases.map(\.rows.count) == [40, 9, 12])
    for expected in cases {
      let found = PrincipalComponents(expected.tensor, count: 2)
      #expect(found.scores.count == expected.rows.count)
      #expect(Self.difference(found.components, expected.components) < 1e-7)
      #expect(Self.difference(found.scores, expected.scores) < 1e-6)
      #expect(Self.difference([found.variances], [expected.variances]) < 1e-7)
      #expect(abs(found.totalVariance - expected.total) < 1e-9 * expected.total)
      #expect(abs(found.share(0) - expected.variances[0] / expected.total) < 1e-9)
      // The comparison sees a wrong sign.
      let turned = expected.components.map { $0.map { -$0 } }
      #expect(Self.difference(found.components, turned) > 0.1)
    }
  }

  @Test func theSameRowsGiveTheSameBits() throws {
    let tensor = try Self.cases()[1].tensor
    let (first, second) = (
      PrincipalComponents(tensor, count: 2), PrincipalComponents(tensor, count: 2)
    )
    #expect(first.scores == second.scores && first.components == second.components)
  }

  @Test func rowsThatDoNotDifferHaveNoComponents() {
    let same = Tensor(shape: [5, 3], elements: (0..<15).map { Float($0 % 3) })
    let found = PrincipalComponents(same, count: 2)
    #expect(found.totalVariance == 0 && found.share(0) == 0)
    #expect(found.scores.joined().allSatisfy { $0 == 0 })
    // One direction only, and one column only.
    let line = Tensor(shape: [4, 2], elements: [0, 0, 1, 2, 2, 4, 3, 6])
    let direction = PrincipalComponents(line, count: 2)
    #expect(abs(direction.share(0) - 1) < 1e-12)
    #expect(direction.scores.allSatisfy { abs($0[1]) < 1e-9 })
    let column = PrincipalComponents(Tensor(shape: [3, 1], elements: [1, 2, 6]), count: 2)
    #expect(column.scores.map { $0[0] } == [-2, -1, 3] && column.variances[1] == 0)
  }
}
