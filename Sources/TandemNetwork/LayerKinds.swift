import Synchronization

/// Every kind of layer that a network file may hold; adding a layer adds one line here.
public enum LayerKinds {
  public static let all: [any Layer.Type] = [
    Conv2D.self, Dense.self,
    MaxPool2D.self, AveragePool2D.self, GlobalAveragePool2D.self,
    AdaptiveAveragePool2D.self, TrainableSubsampling.self,
    ReLU.self, Tanh.self, ScaledTanh.self, Sigmoid.self, Softmax.self,
    BatchNorm2D.self, LocalResponseNorm.self, Dropout.self, Flatten.self,
    Concatenation.self, Addition.self, ZeroPaddedShortcut.self,
    ConnectedConv2D.self, RadialBasisOutput.self,
  ]

  private static let own = Mutex<[String: any OwnLayer.Type]>([:])

  /// Makes a layer of the program's own known, so that network files may hold it. A network that is
  /// described with the layer does it, too; the first layer of a kind counts.
  public static func add(_ type: any OwnLayer.Type) {
    if all.contains(where: { $0.kind == type.kind }) { return }
    own.withLock { kinds in
      if kinds[type.kind] == nil { kinds[type.kind] = type }
    }
  }

  /// The layer of a kind; nil where there is none.
  static func named(_ kind: String) -> (any Layer.Type)? {
    all.first { $0.kind == kind } ?? own.withLock { $0[kind] }
  }
}
