// ipx in its own process, as its documentation starts it. Its arguments are the folder of the originals and the port.
import { createServer } from 'node:http'
import { createIPX, createIPXNodeServer, ipxFSStorage } from 'ipx'

const [folder = '.', port = '0'] = process.argv.slice(2)
const ipx = createIPX({ storage: ipxFSStorage({ dir: folder }) })
createServer(createIPXNodeServer(ipx)).listen(Number(port), '127.0.0.1')
