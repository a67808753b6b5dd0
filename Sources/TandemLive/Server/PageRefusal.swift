/// Why a request gets no answer but this.
package enum PageRefusal: Error, Hashable, Sendable {
  /// What came is no HTTP request.
  case garbage
  case headTooLarge
  case bodyTooLarge(most: Int)
  /// A body that does not say how long it is.
  case unknownLength
  /// Names another host than the page has.
  case foreignHost
  /// Comes from another page.
  case foreignOrigin
  case wrongToken
  case notFound
  case wrongMethod(allowed: String)
  /// What was asked for makes no sense, in words for the one who asks.
  case nonsense(String)
  /// The request, or the reader of the answer, took too long.
  case tooSlow
  case tooManyConnections

  var status: Int {
    switch self {
    case .garbage, .nonsense: 400
    case .foreignHost, .foreignOrigin, .wrongToken: 403
    case .notFound: 404
    case .wrongMethod: 405
    case .tooSlow: 408
    case .unknownLength: 411
    case .bodyTooLarge: 413
    case .headTooLarge: 431
    case .tooManyConnections: 503
    }
  }

  /// A line for the one who asks.
  package var words: String {
    switch self {
    case .garbage: "this is no request of HTTP 1.1"
    case .headTooLarge: "the head of the request is too large"
    case .bodyTooLarge(let most): "at most \(most) bytes are taken"
    case .unknownLength: "the body has to say how long it is (Content-Length)"
    case .foreignHost:
      "the page is for this machine: open it as 127.0.0.1 or localhost, through ssh -L too"
    case .foreignOrigin: "other pages may not ask for this"
    case .wrongToken: "the token is missing or wrong: open the address that the terminal shows"
    case .notFound: "there is no such page"
    case .wrongMethod(let allowed): "ask for this by \(allowed)"
    case .nonsense(let words): words
    case .tooSlow: "the request took too long"
    case .tooManyConnections: "there are too many connections"
    }
  }

  /// What the terminal is told, once; nil for what people do by mistake.
  var kind: String? {
    switch self {
    case .garbage: "what is no HTTP request"
    case .headTooLarge: "a request with too large a head"
    case .bodyTooLarge: "a request with too large a body"
    case .unknownLength: "a request whose length is not said"
    case .foreignHost: "a request for a foreign host"
    case .foreignOrigin: "a request by a foreign page"
    case .wrongToken: "a request without the right token"
    case .tooSlow: "a request that took too long"
    case .tooManyConnections: "connections beyond what it serves at a time"
    case .notFound, .wrongMethod, .nonsense: nil
    }
  }
}
