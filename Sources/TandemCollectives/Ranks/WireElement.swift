/// What ranges of elements consist of on their way between ranks.
public protocol WireElement: BitwiseCopyable {}
