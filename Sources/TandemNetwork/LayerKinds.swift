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
}
