/// The version of this library and its tool.
public let tandemVersion = "0.1.0"
