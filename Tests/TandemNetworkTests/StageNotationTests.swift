import TandemNetwork
import Testing

@Suite struct StageNotationTests {
  private func layer(_ text: String, stride: Size2D = 1) -> StageNotation {
    .layer(LayerNotation(text, stride: stride))
  }

  @Test func equalNeighboursAreCounted() {
    func counted(_ text: String) -> String {
      StageNotation.runs(Array(text)).map { "\($0.count)\($0.element)" }.joined()
    }
    #expect(counted("") == "")
    #expect(counted("a") == "1a")
    #expect(counted("aabaaa") == "2a1b3a")
    #expect(counted("abab") == "1a1b1a1b")
  }

  @Test func runsOfLayersAndGroups() {
    let block = StageNotation.residual([layer("1×1, 64"), layer("3×3, 64")])
    let fork = StageNotation.branches([[layer("1×1, 8")], [layer("1×1, 4"), layer("3×3, 8")]])
    #expect(StageNotation.texts([]) == [])
    #expect(StageNotation.texts([layer("fc 10")]) == ["fc 10"])
    #expect(StageNotation.texts([layer("3×3, 8"), layer("3×3, 8")]) == ["[3×3, 8] × 2"])
    #expect(StageNotation.texts([block]) == ["[1×1, 64; 3×3, 64]"])
    #expect(
      StageNotation.texts([layer("3×3 max pool", stride: 2), block, block, block])
        == ["3×3 max pool, stride 2", "[1×1, 64; 3×3, 64] × 3"])
    #expect(
      StageNotation.texts([fork, fork, layer("fc 10")])
        == ["{1×1, 8 | 1×1, 4; 3×3, 8} × 2", "fc 10"])
  }

  @Test func layersThatDifferInTheStrideAreDifferent() {
    let first = layer("3×3, 8", stride: 2)
    let other = layer("3×3, 8", stride: Size2D(height: 2, width: 1))
    #expect(
      StageNotation.texts([first, layer("3×3, 8"), other])
        == ["3×3, 8, stride 2", "3×3, 8", "3×3, 8, stride 2×1"])
  }

  @Test func branchesWithoutLayersAreWrittenToo() {
    #expect(StageNotation.texts([.branches([[], [layer("1×1, 8")]])]) == ["{identity | 1×1, 8}"])
  }
}
