import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

@Suite struct ZooTests {
  @Test(arguments: [
    ("mlp", 407_050), ("simple-convnet", 433_890), ("lenet", 61_706), ("mnist-cnn", 1_199_882),
    ("cifar-quick", 22_466),
  ])
  func trainableParameters(name: String, expected: Int) throws {
    let graph = try Zoo.network(named: name).graph()
    #expect(graph.parameterLayout.trainableParameters == expected)
    #expect(graph.outputShape == [10])
  }

  @Test func everyModelIsBuiltUnderItsNameAndHasAUniqueOne() {
    #expect(Set(Zoo.models.map(\.name)).count == Zoo.models.count)
    for entry in Zoo.models { #expect(entry.make().name == entry.name) }
  }

  @Test(arguments: Zoo.models.map(\.name))
  func inputAndClassesCanBeReplaced(name: String) throws {
    let graph = try Zoo.network(named: name, input: [2, 36, 40], classes: 7).graph()
    #expect(graph.inputShape == [2, 36, 40])
    #expect(graph.outputShape == [7])
  }

  @Test func unknownModelNamesTheNearest() throws {
    #expect(
      message("simple-convet")
        == "there is no model \"simple-convet\"; did you mean simple-convnet?")
    #expect(message("LeNet5") == "there is no model \"LeNet5\"; did you mean lenet?")
    #expect(message("mnist") == "there is no model \"mnist\"; did you mean mnist-cnn?")
    #expect(
      message("transformer")
        == "there is no model \"transformer\"; the models are mlp, simple-convnet, lenet, "
        + "mnist-cnn, cifar-quick")
  }

  private func message(_ name: String) -> String {
    do {
      _ = try Zoo.network(named: name)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func editDistanceIsLevenshteins() {
    #expect(editDistance("kitten", "sitting") == 3)
    #expect(editDistance("", "abc") == 3)
    #expect(editDistance("abc", "") == 3)
    #expect(editDistance("same", "same") == 0)
    #expect(editDistance("ab", "ba") == 2)
  }
}
