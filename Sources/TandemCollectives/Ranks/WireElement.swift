/// What ranges of elements consist of on their way between ranks.
package protocol WireElement: BitwiseCopyable {}
