import pyfora, math

cluster = pyfora.connect('http://localhost:30000')

with cluster.remotely.downloadAll():
    x = sum(math.sin(i) for i in range(10**9))

print(x)
