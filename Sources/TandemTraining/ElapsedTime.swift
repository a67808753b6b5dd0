import Dispatch

extension DispatchTime {
  /// Seconds since this moment.
  var secondsToNow: Double {
    Double(DispatchTime.now().uptimeNanoseconds - uptimeNanoseconds) * 1e-9
  }
}
