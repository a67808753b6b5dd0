/// How a report is made.
struct ReportSettings {
  /// A data set in place of the one that a run names, which may be elsewhere now.
  var data: String?
  /// The most images that a network is measured with.
  var mostImages = 5000
  /// Whether curves may be drawn by a script, where its library is installed.
  var usesScript = true
  var workers: Int?
}
