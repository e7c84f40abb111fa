import pyfora

ufora = pyfora.connect('http://localhost:30000')

def isPrime(p):
    x = 2
    while x*x <= p:
        if p % x == 0: return 0
        x = x + 1
    return 1

with ufora.remotely.downloadAll():
    result = sum(isPrime(x) for x in range(10 * 1000 * 1000))

print(result)
