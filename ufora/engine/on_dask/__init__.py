"""The engine on Dask distributed: the only place that knows it.

    manager.py    open_manager_engine    the scheduler, embedded in the manager's event loop
    worker.py     run_worker             one Dask worker after another, as managers come and go
    tasks.py      connect_task_engine    a driver's client
    channel/     DataChannel             results between workers, and to drivers, beside Dask's event loop
    keys.py       ClusterKey             encryption, and who may take part
    settings.py                          every setting of Dask that we depend on
    spilling.py   Spill                  results that do not fit into memory
    allocation.py                        what malloc keeps of freed memory
    ports.py                             keeps Dask from opening ports of its own

Takes    contract.WorkerSide; addresses
Gives    contract.ManagerEngine, contract.TaskEngine
Imports  ufora.engine.contract, ufora.engine.seldom, pyfora.hosts, pyfora.errors
"""

from ufora.engine.on_dask.keys import ClusterKey, read_cluster_key
from ufora.engine.on_dask.manager import open_manager_engine
from ufora.engine.on_dask.tasks import connect_task_engine
from ufora.engine.on_dask.worker import WorkerSettings, run_worker

__all__ = ["ClusterKey", "WorkerSettings", "connect_task_engine", "open_manager_engine", "read_cluster_key", "run_worker"]
