// A process of its own that runs a configuration and kills itself with SIGKILL at a chosen step.
import { Steps } from '../scenarios/steps.ts'
import { runComposed } from './composed-run.ts'

const [file = '', at = '0'] = process.argv.slice(2)
const steps = new Steps(/^\d+$/.test(at) ? Number(at) : at, 'kill')
const [summary] = await runComposed(file, process.env, steps)
if (summary?.error) process.stderr.write(`${summary.error.stack}\n`)
process.exitCode = summary?.exitCode ?? 1
