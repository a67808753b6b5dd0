// `import Tandem` is all a program needs that trains: describing networks, the zoo, data, training.
@_exported import TandemCollectives
@_exported import TandemData
@_exported import TandemExecution
@_exported import TandemExport
@_exported import TandemImage
@_exported import TandemNetwork
@_exported import TandemTensor
@_exported import TandemTraining
@_exported import TandemZoo
