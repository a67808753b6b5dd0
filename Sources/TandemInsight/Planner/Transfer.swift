/// Something to send: in so many messages one after the other, so many bytes.
struct Transfer: Hashable {
  var messages = 0
  var bytes = 0
}
