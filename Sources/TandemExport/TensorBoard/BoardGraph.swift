import TandemNetwork
import TandemTensor

extension BoardGraphDef {
  /// The layers of a network, with boxes for its blocks: the dots of their names are slashes here.
  init(_ graph: NetworkGraph) {
    self.init()
    versions.producer = 22
    // A sum has the name of the block that it ends, which is that of a box.
    let names = graph.nodes.map { node in
      let hasInside = graph.nodes.contains { $0.name.hasPrefix(node.name + ".") }
      return (node.name + (hasInside ? ".sum" : "")).replacing(".", with: "/")
    }
    // No layer begins so.
    let inputName = "images"
    node = [Self.node(inputName, "Input", [], graph.inputShape)]
    for layer in graph.nodes {
      let inputs = layer.inputs.map { source in
        if case .node(let index) = source { names[index] } else { inputName }
      }
      var made = Self.node(
        names[layer.index], type(of: layer.layer).kind, inputs, layer.outputShape)
      var text = BoardAttrValue()
      text.s = .init("\(layer.layer)".utf8)
      made.attr["layer"] = text
      if !layer.parameters.isEmpty {
        var count = BoardAttrValue()
        count.i = Int64(layer.parameters.reduce(0) { $0 + $1.shape.elementCount })
        made.attr["parameters"] = count
      }
      node.append(made)
    }
  }

  private static func node(
    _ name: String, _ kind: String, _ inputs: [String], _ shape: Shape
  ) -> BoardNodeDef {
    var node = BoardNodeDef()
    node.name = name
    node.op = kind
    node.input = inputs
    var output = BoardTensorShapeProto()
    output.dim = ([-1] + shape.dimensions).map { size in
      var dim = BoardTensorShapeProto.Dim()
      dim.size = Int64(size)
      return dim
    }
    var list = BoardAttrValue.ListValue()
    list.shape = [output]
    node.attr["_output_shapes"] = {
      var value = BoardAttrValue()
      value.list = list
      return value
    }()
    return node
  }
}
