// Made by scripts/embed from site-config/ and templates/, which are what to edit.

extension BuiltInFile {
    /// By path.
    public static let all: [BuiltInFile] = [
        BuiltInFile(path: "site-config/archer2.yaml", text: ####"""
# ARCHER2, EPCC.
# Source, read 2026-11-23: https://github.com/ARCHER2-HPC/archer2-docs/blob/027925dd521a7e638603eaea45807c3b770ca07a/docs/user-guide/scheduler.md
# (partitions, qualities of service with their limits, machines of 2 x 64 processors that are always given whole,
# account and time are compulsory). A queue here is a partition with a quality of service.
schema: 1
site:
  id: archer2
  title: 'ARCHER2, EPCC'
  url: https://www.archer2.ac.uk
  docs: https://docs.archer2.ac.uk/user-guide/scheduler/
clusters:
  main:
    scheduler: slurm
    requires: [account, walltime]
    queues:
      standard: { qos: standard, wholeNodes: true, nodeCpus: 128, nodeMemory: 256GB, maxNodes: 1024, maxWalltime: 24h, maxGpus: 0 }
      long:
        { name: standard, qos: long, wholeNodes: true, nodeCpus: 128, nodeMemory: 256GB, maxNodes: 64,
          minWalltime: 24h, maxWalltime: 96h, maxGpus: 0 }
      largescale:
        { name: standard, qos: largescale, wholeNodes: true, nodeCpus: 128, nodeMemory: 256GB, minNodes: 1025,
          maxNodes: 5860, maxWalltime: 12h, maxGpus: 0 }
      highmem:
        { qos: highmem, wholeNodes: true, nodeCpus: 128, minMemory: 256GB, nodeMemory: 512GB, maxNodes: 256,
          maxWalltime: 24h, maxGpus: 0 }
      short:
        { name: standard, qos: short, wholeNodes: true, nodeCpus: 128, nodeMemory: 256GB, maxNodes: 32,
          maxWalltime: 20m, maxGpus: 0, explicit: true }
      taskfarm:
        { name: standard, qos: taskfarm, wholeNodes: true, nodeCpus: 128, nodeMemory: 256GB, maxNodes: 16,
          maxWalltime: 24h, maxGpus: 0, explicit: true }
      lowpriority:
        { name: standard, qos: lowpriority, wholeNodes: true, nodeCpus: 128, nodeMemory: 256GB, maxNodes: 2048,
          maxWalltime: 24h, maxGpus: 0, explicit: true }
      serial: { qos: serial, maxCpus: 32, maxMemory: 128GB, maxNodes: 1, maxWalltime: 24h, maxGpus: 0, explicit: true }
      gpu: { qos: gpu-shd, needsGpu: true, maxGpus: 4, maxNodes: 1, maxWalltime: 12h }

"""####),
        BuiltInFile(path: "site-config/beluga.yaml", text: ####"""
# Béluga, Digital Research Alliance of Canada.
# Source, read 2026-11-23: https://github.com/nf-core/configs/blob/0eac71df68e1c79ff5c0eb4d7f975b1df94456cc/conf/alliance_canada.config
# (limits of a job, the account's variable, the rate, host names). Jobs name no partition.
schema: 1
site:
  id: beluga
  title: 'Béluga, Digital Research Alliance of Canada'
  docs: https://docs.alliancecan.ca/wiki/Nextflow
detect:
  - hostname: '^beluga'
clusters:
  main:
    scheduler: slurm
    requires: [account]
    accountFrom: { env: SLURM_ACCOUNT }
    submission: { rate: 60/1m }
    defaults: { walltime: 3h }
    queues:
      any: { name: '', maxCpus: 40, maxMemory: 186GB, maxWalltime: 168h }

"""####),
        BuiltInFile(path: "site-config/biowulf.yaml", text: ####"""
# Biowulf, National Institutes of Health.
# Source, read 2026-11-23: https://github.com/nf-core/configs/blob/0a09dc3ae7ffc49992172ceaa11e2152d14e8635/conf/biowulf.config
# (the partition, limits of a job, 6 submissions a minute, status every 5 minutes).
schema: 1
site:
  id: biowulf
  title: 'Biowulf, National Institutes of Health'
  contact: staff@hpc.nih.gov
  docs: https://hpc.nih.gov/apps/nextflow.html
clusters:
  main:
    scheduler: slurm
    submission: { rate: 6/1m }
    polling: { interval: 5m }
    queues:
      norm: { maxCpus: 192, maxMemory: 751GB, maxWalltime: 240h }

"""####),
        BuiltInFile(path: "site-config/cannon.yaml", text: ####"""
# Cannon, Harvard FAS Research Computing.
# Source, read 2026-11-23: https://github.com/nf-core/configs/blob/33e568955087eea1a252afa99050aceb888bcdc0/conf/cannon.config
# (partitions by time and memory, limits of a job, the rate).
schema: 1
site:
  id: cannon
  title: 'Cannon, Harvard FAS Research Computing'
  url: https://www.rc.fas.harvard.edu/
clusters:
  main:
    scheduler: slurm
    submission: { rate: 10/1s }
    queues:
      shared: { maxWalltime: 3d, maxMemory: 184GB, maxCpus: 112, priority: 2 }
      sapphire: { maxWalltime: 3d, maxMemory: 1000GB, maxCpus: 112, priority: 1 }
      intermediate: { maxWalltime: 14d, maxMemory: 1000GB, maxCpus: 112 }
      bigmem: { maxWalltime: 3d, minMemory: 1000GB, maxMemory: 2000GB, maxCpus: 112 }
      bigmem_intermediate: { minWalltime: 3d, maxWalltime: 14d, minMemory: 1000GB, maxMemory: 2000GB, maxCpus: 112 }

"""####),
        BuiltInFile(path: "site-config/cheaha.yaml", text: ####"""
# Cheaha, University of Alabama at Birmingham.
# Source, read 2026-11-23: https://github.com/nf-core/configs/blob/06541411dd142cc123242e8d5864a9b9df835c96/conf/cheaha.config
# (partitions by time and memory, limits of a job).
schema: 1
site:
  id: cheaha
  title: 'Cheaha, University of Alabama at Birmingham'
  url: https://www.uab.edu/cores/ircp/bds
clusters:
  main:
    scheduler: slurm
    queues:
      express: { maxWalltime: 2h, maxMemory: 50GB, maxCpus: 128, priority: 1 }
      short: { maxWalltime: 12h, maxMemory: 50GB, maxCpus: 128, priority: 1 }
      medium: { maxWalltime: 50h, maxMemory: 50GB, maxCpus: 128, priority: 1 }
      long: { maxWalltime: 150h, maxMemory: 50GB, maxCpus: 128, priority: 1 }
      largemem: { maxWalltime: 50h, minMemory: 50GB, maxMemory: 510GB, maxCpus: 128 }
      largemem-long: { maxWalltime: 150h, minMemory: 50GB, maxMemory: 510GB, maxCpus: 128 }

"""####),
        BuiltInFile(path: "site-config/computerome.yaml", text: ####"""
# Computerome 2.0, Technical University of Denmark.
# Source, read 2026-11-23: https://github.com/nf-core/configs/blob/0327ef40ea6093d501c488c45c92d893048074c4/conf/computerome.config
# (limits of a job, account). Jobs name no queue. Jobs also name their group: add
# extraDirectives: ['-W group_list=ACCOUNT'] with your account in a profile of your own.
schema: 1
site:
  id: computerome
  title: 'Computerome 2.0, Technical University of Denmark'
  url: https://www.computerome.dk/
clusters:
  main:
    scheduler: torque
    requires: [account]
    queues:
      any: { name: '', maxCpus: 40, maxMemory: 1500GB }

"""####),
        BuiltInFile(path: "site-config/crick.yaml", text: ####"""
# The Francis Crick Institute.
# Source, read 2026-11-23: https://github.com/nf-core/configs/blob/0985a0b107a3c37a94aa4594a7eedf70de970183/conf/crick.config
# (limits of a job). Jobs name no partition.
schema: 1
site:
  id: crick
  title: 'The Francis Crick Institute'
  url: https://www.crick.ac.uk/research/platforms-and-facilities/scientific-computing/technologies
clusters:
  main:
    scheduler: slurm
    queues:
      any: { name: '', maxCpus: 32, maxMemory: 224GB, maxWalltime: 72h }

"""####),
        BuiltInFile(path: "site-config/derecho.yaml", text: ####"""
# Derecho, NSF National Center for Atmospheric Research.
# Source, read 2026-11-23: https://ncar-hpc-docs.readthedocs.io/en/latest/pbs/charging/ and its revision
# https://ncar-hpc-docs--329.org.readthedocs.build/en/329/pbs/charging (queues with their limits; the machines of main
# are given whole, those of develop are shared).
schema: 1
site:
  id: derecho
  title: 'Derecho, NSF National Center for Atmospheric Research'
  docs: https://ncar-hpc-docs.readthedocs.io/en/latest/pbs/charging/
clusters:
  main:
    scheduler: pbspro
    gpu: { directive: select }
    queues:
      main: { wholeNodes: true, nodeCpus: 128, maxNodes: 2488, maxWalltime: 12h, maxGpus: 4 }
      develop: { maxCpus: 128, maxMemory: 235GB, maxNodes: 2, maxWalltime: 6h, maxGpus: 4, explicit: true }
      preempt: { wholeNodes: true, nodeCpus: 128, maxWalltime: 24h, maxGpus: 4, explicit: true }

"""####),
        BuiltInFile(path: "site-config/dkfz.yaml", text: ####"""
# German Cancer Research Center (DKFZ), Heidelberg.
# Source, read 2026-11-23: https://github.com/nf-core/configs/blob/0aab7054a227e0059161f62335889d9cdd8abb73/conf/dkfz.config
# (limits of a job, how memory counts, the rate). Jobs name no queue.
schema: 1
site:
  id: dkfz
  title: 'German Cancer Research Center (DKFZ), Heidelberg'
clusters:
  main:
    scheduler: lsf
    submission: { rate: 1/3s }
    memory: { perJobLimit: true, perTaskReserve: false }
    queues:
      any: { name: '', maxCpus: 30, maxMemory: 250GB, maxWalltime: 48h }

"""####),
        BuiltInFile(path: "site-config/eddie.yaml", text: ####"""
# Eddie, University of Edinburgh.
# Source, read 2026-11-23: https://github.com/nf-core/configs/blob/0985a0b107a3c37a94aa4594a7eedf70de970183/conf/eddie.config
# (parallel environment, memory as h_vmem of each slot, limits of a job, modules, MALLOC_ARENA_MAX). Jobs name no queue.
schema: 1
site:
  id: eddie
  title: 'Eddie, University of Edinburgh'
  url: https://www.ed.ac.uk/information-services/research-support/research-computing/ecdf/high-performance-computing
clusters:
  main:
    scheduler: sge
    memory: { complex: h_vmem, scope: slot }
    parallelEnvironment: { name: sharedmem }
    queues:
      any: { name: '', maxCpus: 32, maxMemory: 384GB, maxWalltime: 240h }
runtime:
  prologue: ['. /etc/profile.d/modules.sh']
  environment: { MALLOC_ARENA_MAX: 1 }

"""####),
        BuiltInFile(path: "site-config/euler.yaml", text: ####"""
# Euler, ETH Zürich.
# Source, read 2026-11-23: https://github.com/nf-core/configs/blob/0aab7054a227e0059161f62335889d9cdd8abb73/conf/ethz_euler.config
# (limits of a job, memory counts for each processor). Jobs name no partition.
schema: 1
site:
  id: euler
  title: 'Euler, ETH Zürich'
  docs: https://scicomp.ethz.ch/wiki/Euler
clusters:
  main:
    scheduler: slurm
    memory: { scope: cpu }
    queues:
      any: { name: '', maxCpus: 128, maxMemory: 4TB, maxWalltime: 120h }

"""####),
        BuiltInFile(path: "site-config/gadi.yaml", text: ####"""
# Gadi, National Computational Infrastructure Australia.
# Source, read 2026-11-23: https://github.com/nf-core/configs/blob/05108e42a75eaddb1e7101b5b64ab02dc2940527/conf/nci_gadi.config
# (queues by memory, 300 jobs at most, how often to ask and to submit). Jobs see only the file systems that they name:
# add extraDirectives: ['-l storage=scratch/PROJECT'] with your project in a profile of your own.
schema: 1
site:
  id: gadi
  title: 'Gadi, National Computational Infrastructure Australia'
  docs: https://opus.nci.org.au/display/Help/Gadi+User+Guide
clusters:
  main:
    scheduler: pbspro
    requires: [project, memory]
    submission: { rate: 20/1m, maxQueued: 300 }
    polling: { interval: 5m }
    queues:
      normalbw: { maxMemory: 128GB, priority: 2 }
      normal: { maxMemory: 190GB, priority: 1 }
      hugemembw: { minMemory: 190GB, maxMemory: 1020GB }

"""####),
        BuiltInFile(path: "site-config/imperial.yaml", text: ####"""
# Imperial College London.
# Source, read 2026-11-23: https://github.com/nf-core/configs/blob/17cf4e3b35799592e48cfc79ccf32fd5c69abfdf/conf/imperial.config
# (limits of a job). Jobs name no queue.
schema: 1
site:
  id: imperial
  title: 'Imperial College London'
  url: https://www.imperial.ac.uk/admin-services/ict/self-service/research-support/rcs/
clusters:
  main:
    scheduler: pbspro
    queues:
      any: { name: '', maxCpus: 32, maxMemory: 256GB, maxWalltime: 72h }

"""####),
        BuiltInFile(path: "site-config/local.yaml", text: ####"""
# Processes of this machine, without a scheduler: what is meant where no other site fits.
schema: 1
site:
  id: local
  title: This machine
clusters:
  main:
    scheduler: local
network:
  protocol: tcp

"""####),
        BuiltInFile(path: "site-config/lsf.yaml", text: ####"""
# Any cluster with LSF of which nothing else is known: its units are those of LSF_UNIT_FOR_LIMITS in lsf.conf. It is
# never chosen by itself.
schema: 1
site: { id: lsf, title: 'Any cluster with LSF' }
clusters:
  main: { scheduler: lsf }

"""####),
        BuiltInFile(path: "site-config/myriad.yaml", text: ####"""
# Myriad, University College London.
# Source, read 2026-11-23: https://github.com/nf-core/configs/blob/02ba237c0d72a7593d06ff4e53cab2efcf98eb7b/conf/ucl_myriad.config
# (parallel environment, limits of a job, the rate). Jobs name no queue.
schema: 1
site:
  id: myriad
  title: 'Myriad, University College London'
  docs: https://www.rc.ucl.ac.uk/docs/Clusters/Myriad/
clusters:
  main:
    scheduler: sge
    submission: { rate: 1/1s }
    parallelEnvironment: { name: smp }
    queues:
      any: { name: '', maxCpus: 36, maxMemory: 128GB, maxWalltime: 72h }

"""####),
        BuiltInFile(path: "site-config/narval.yaml", text: ####"""
# Narval, Digital Research Alliance of Canada.
# Source, read 2026-11-23: https://github.com/nf-core/configs/blob/0eac71df68e1c79ff5c0eb4d7f975b1df94456cc/conf/alliance_canada.config
# (limits of a job, the account's variable, the rate, host names). Jobs name no partition.
schema: 1
site:
  id: narval
  title: 'Narval, Digital Research Alliance of Canada'
  docs: https://docs.alliancecan.ca/wiki/Nextflow
detect:
  - hostname: '^narval'
clusters:
  main:
    scheduler: slurm
    requires: [account]
    accountFrom: { env: SLURM_ACCOUNT }
    submission: { rate: 60/1m }
    defaults: { walltime: 3h }
    queues:
      any: { name: '', maxCpus: 64, maxMemory: 249GB, maxWalltime: 168h }

"""####),
        BuiltInFile(path: "site-config/pbspro.yaml", text: ####"""
# Any cluster with PBS Pro or OpenPBS of which nothing else is known. It is never chosen by itself.
schema: 1
site: { id: pbspro, title: 'Any cluster with PBS Pro' }
clusters:
  main: { scheduler: pbspro }

"""####),
        BuiltInFile(path: "site-config/puhti.yaml", text: ####"""
# Puhti, CSC - IT Center for Science.
# Source, read 2026-11-23: https://csc-guide-preview.rahtiapp.fi/origin/SDS-Export-instructions/computing/running/batch-job-partitions
# (partitions with their limits; the most processors are given for each job, and 40 are those of one machine).
schema: 1
site:
  id: puhti
  title: 'Puhti, CSC - IT Center for Science'
  docs: https://docs.csc.fi/computing/running/batch-job-partitions/
clusters:
  main:
    scheduler: slurm
    queues:
      small: { maxWalltime: 3d, maxCpus: 40, maxNodes: 1, maxMemory: 373GiB, priority: 2, maxGpus: 0 }
      large: { maxWalltime: 3d, maxCpus: 40, maxNodes: 26, maxMemory: 373GiB, priority: 1, maxGpus: 0 }
      longrun: { maxWalltime: 14d, maxCpus: 40, maxNodes: 1, maxMemory: 373GiB, maxGpus: 0 }
      hugemem: { maxWalltime: 3d, maxCpus: 40, maxNodes: 4, minMemory: 373GiB, maxMemory: 1496GiB, maxGpus: 0 }
      hugemem_longrun: { maxWalltime: 14d, maxCpus: 40, maxNodes: 1, minMemory: 373GiB, maxMemory: 1496GiB, maxGpus: 0 }
      gpu: { needsGpu: true, maxGpus: 4, maxWalltime: 3d, maxNodes: 20, maxMemory: 373GiB }
      test: { maxWalltime: 15m, maxCpus: 40, maxNodes: 2, maxMemory: 185GiB, maxGpus: 0, explicit: true }
      gputest: { needsGpu: true, maxGpus: 4, maxWalltime: 15m, maxNodes: 2, maxMemory: 373GiB, explicit: true }

"""####),
        BuiltInFile(path: "site-config/raven.yaml", text: ####"""
# Raven, Max Planck Computing and Data Facility.
# Source, read 2026-11-23: https://github.com/nf-core/configs/blob/05deeca2d6e5cb4f2e9bfadf4ddf23b0bafca829/conf/mpcdf.config
# (limits of a job). Jobs name no partition.
schema: 1
site:
  id: raven
  title: 'Raven, Max Planck Computing and Data Facility'
  url: https://www.mpcdf.mpg.de/services/computing
clusters:
  main:
    scheduler: slurm
    queues:
      any: { name: '', maxCpus: 192, maxMemory: 368GB, maxWalltime: 24h }

"""####),
        BuiltInFile(path: "site-config/sanger.yaml", text: ####"""
# farm22, Wellcome Sanger Institute.
# Sources, read 2026-11-23: https://github.com/nf-core/configs/blob/0a3d34befa25b3cd52845c5ee3d980cbb608f328/conf/sanger.config and
# https://github.com/nf-core/configs/blob/3563e5f483c3f6de21fff9afc0bbeedf7e38a443/conf/sanger/farm22.config
# (how it is recognised, queues by time and memory, limits of a job, defaults, the rate).
schema: 1
site:
  id: sanger
  title: 'farm22, Wellcome Sanger Institute'
  url: https://www.sanger.ac.uk
detect:
  - command: { run: [lsid], match: '^My cluster name is farm22' }
clusters:
  main:
    scheduler: lsf
    submission: { rate: 1/5s, cancelBatch: 50 }
    memory: { perJobLimit: true }
    defaults: { cpus: 1, memory: 6GB, walltime: 1h }
    queues:
      normal: { maxWalltime: 12h, maxMemory: 350GB, maxCpus: 256, maxGpus: 0, priority: 1 }
      long: { maxWalltime: 2d, maxMemory: 350GB, maxCpus: 256, maxGpus: 0, priority: 1 }
      week: { maxWalltime: 7d, maxMemory: 350GB, maxCpus: 256, maxGpus: 0, priority: 1 }
      basement: { maxWalltime: 30d, maxMemory: 350GB, maxCpus: 256, maxGpus: 0, priority: 1 }
      hugemem: { minMemory: 350GB, maxMemory: 3.8TB, maxWalltime: 30d, maxCpus: 256, maxGpus: 0 }
      gpu: { needsGpu: true, maxWalltime: 7d }
      gpu-basement: { needsGpu: true, maxWalltime: 30d }

"""####),
        BuiltInFile(path: "site-config/schema.json", text: ####"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "A site of Hayate",
  "description": "What is known of a site: its clusters, how daemons run there, and how they reach the host. A list may also be written as 'key+', which adds to what weaker layers say.",
  "type": "object",
  "properties": {
    "schema": {
      "description": "The version of this format: 1.",
      "type": ["integer", "null"],
      "minimum": 1,
      "maximum": 1
    },
    "site": {
      "description": "What the site is called.",
      "type": ["object", "null"],
      "properties": {
        "id": {
          "description": "Its short name, as in --site narval; files with the same one are about the same site.",
          "type": ["string", "integer", "null"],
          "pattern": "^[a-z0-9][a-z0-9._-]*$",
          "$comment": "a short name"
        },
        "title": {
          "description": "Its name for people.",
          "type": ["string", "number", "boolean", "null"]
        },
        "contact": {
          "description": "Whom to ask.",
          "type": ["string", "number", "boolean", "null"]
        },
        "url": {
          "description": "Its page.",
          "type": ["string", "number", "boolean", "null"]
        },
        "docs": {
          "description": "The page with what this file says.",
          "type": ["string", "number", "boolean", "null"]
        }
      },
      "patternProperties": {
        "^[A-Za-z]+\\+$": {
          "type": "array"
        }
      },
      "additionalProperties": false
    },
    "detect": {
      "description": "How the site is recognised; the first rule that fits is enough.",
      "type": ["array", "null"],
      "items": {
        "type": "object",
        "properties": {
          "hostname": {
            "description": "The machine's full name has this in it.",
            "type": ["string", "integer", "null"],
            "pattern": ".",
            "$comment": "a regular expression"
          },
          "env": {
            "description": "A variable and the value that it has; * is any value.",
            "type": ["object", "null"],
            "additionalProperties": {
              "type": ["string", "number", "boolean", "null"]
            }
          },
          "command": {
            "description": "What a command prints.",
            "type": ["object", "null"],
            "properties": {
              "run": {
                "description": "The command and its arguments; it may take 5 s.",
                "type": ["array", "null"],
                "items": {
                  "type": ["string", "number", "boolean"]
                }
              },
              "match": {
                "description": "A line that it prints has this in it.",
                "type": ["string", "integer", "null"],
                "pattern": ".",
                "$comment": "a regular expression"
              }
            },
            "patternProperties": {
              "^[A-Za-z]+\\+$": {
                "type": "array"
              }
            },
            "additionalProperties": false
          }
        },
        "patternProperties": {
          "^[A-Za-z]+\\+$": {
            "type": "array"
          }
        },
        "additionalProperties": false
      }
    },
    "clusters": {
      "description": "Its clusters by name.",
      "type": ["object", "null"],
      "additionalProperties": {
        "type": ["object", "null"],
        "properties": {
          "scheduler": {
            "description": "The kind of scheduler.",
            "$comment": "default: local",
            "enum": ["slurm", "sge", "pbspro", "torque", "lsf", "local"]
          },
          "access": {
            "description": "Where its commands run.",
            "$comment": "default: { kind: local }",
            "type": ["object", "null"],
            "properties": {
              "kind": {
                "description": "Whether they run here, or on another machine by SSH.",
                "enum": ["local", "ssh"]
              },
              "host": {
                "description": "That machine.",
                "type": ["string", "number", "boolean", "null"]
              },
              "user": {
                "description": "The user's name there.",
                "type": ["string", "number", "boolean", "null"]
              },
              "port": {
                "description": "SSH's port there.",
                "type": ["integer", "null"],
                "minimum": 1,
                "maximum": 65535
              },
              "proxyJump": {
                "description": "Machines on the way.",
                "type": ["array", "null"],
                "items": {
                  "type": ["string", "number", "boolean"]
                }
              },
              "identity": {
                "description": "The file with the key.",
                "type": ["string", "number", "boolean", "null"]
              }
            },
            "patternProperties": {
              "^[A-Za-z]+\\+$": {
                "type": "array"
              }
            },
            "additionalProperties": false
          },
          "commands": {
            "description": "Its commands.",
            "type": ["object", "null"],
            "properties": {
              "submit": {
                "description": "Words in the place of sbatch, qsub or bsub.",
                "type": ["array", "null"],
                "items": {
                  "type": ["string", "number", "boolean"]
                }
              },
              "status": {
                "description": "Words in the place of squeue, qstat or bjobs.",
                "type": ["array", "null"],
                "items": {
                  "type": ["string", "number", "boolean"]
                }
              },
              "cancel": {
                "description": "Words in the place of scancel, qdel or bkill.",
                "type": ["array", "null"],
                "items": {
                  "type": ["string", "number", "boolean"]
                }
              },
              "accounting": {
                "description": "Words in the place of sacct, qacct, tracejob or bhist.",
                "type": ["array", "null"],
                "items": {
                  "type": ["string", "number", "boolean"]
                }
              },
              "timeout": {
                "description": "How long each may take.",
                "$comment": "default: 30s",
                "type": ["string", "integer", "null"],
                "pattern": "^([0-9]+(\\.[0-9]+)?(d|h|min|m|s|ms))+$"
              },
              "environment": {
                "description": "Variables that they need, such as SGE_ROOT.",
                "type": ["object", "null"],
                "additionalProperties": {
                  "type": ["string", "number", "boolean", "null"]
                }
              },
              "clusterFlag": {
                "description": "The cluster's name for -M of Slurm's commands.",
                "type": ["string", "number", "boolean", "null"]
              }
            },
            "patternProperties": {
              "^[A-Za-z]+\\+$": {
                "type": "array"
              }
            },
            "additionalProperties": false
          },
          "submission": {
            "description": "How jobs are submitted.",
            "type": ["object", "null"],
            "properties": {
              "via": {
                "description": "Whether the script is the command's standard input or a file.",
                "$comment": "default: stdin",
                "enum": ["stdin", "file"]
              },
              "rate": {
                "description": "How many submissions may be made in which time.",
                "$comment": "default: 10/10s",
                "type": ["string", "integer", "null"],
                "pattern": "^[0-9]+/.+$"
              },
              "maxQueued": {
                "description": "The most jobs of ours in the queue, each element counting.",
                "type": ["integer", "null"],
                "minimum": 1
              },
              "maxArraySize": {
                "description": "The most elements of one array; without it the scheduler's own default.",
                "type": ["integer", "null"],
                "minimum": 1
              },
              "arrayThrottle": {
                "description": "How many elements run at once, at most.",
                "type": ["integer", "null"],
                "minimum": 1
              },
              "cancelBatch": {
                "description": "How many jobs one command cancels, at most.",
                "$comment": "default: 50",
                "type": ["integer", "null"],
                "minimum": 1
              },
              "unset": {
                "description": "Variables that submissions do not see; * at the end stands for anything.",
                "type": ["array", "null"],
                "items": {
                  "type": ["string", "number", "boolean"]
                }
              }
            },
            "patternProperties": {
              "^[A-Za-z]+\\+$": {
                "type": "array"
              }
            },
            "additionalProperties": false
          },
          "polling": {
            "description": "How often it is asked.",
            "type": ["object", "null"],
            "properties": {
              "interval": {
                "description": "The least time between two status queries, whatever the number of jobs.",
                "$comment": "default: 1m",
                "type": ["string", "integer", "null"],
                "pattern": "^([0-9]+(\\.[0-9]+)?(d|h|min|m|s|ms))+$"
              },
              "accounting": {
                "description": "The same between two queries of the accounting.",
                "$comment": "default: 5m",
                "type": ["string", "integer", "null"],
                "pattern": "^([0-9]+(\\.[0-9]+)?(d|h|min|m|s|ms))+$"
              },
              "grace": {
                "description": "How long a job may be missing everywhere before its end counts as unknown.",
                "$comment": "default: 2m",
                "type": ["string", "integer", "null"],
                "pattern": "^([0-9]+(\\.[0-9]+)?(d|h|min|m|s|ms))+$"
              },
              "dialIn": {
                "description": "How long a job may run without a word from its daemons before that is a complaint.",
                "$comment": "default: 1m30s",
                "type": ["string", "integer", "null"],
                "pattern": "^([0-9]+(\\.[0-9]+)?(d|h|min|m|s|ms))+$"
              }
            },
            "patternProperties": {
              "^[A-Za-z]+\\+$": {
                "type": "array"
              }
            },
            "additionalProperties": false
          },
          "memory": {
            "description": "How it counts memory.",
            "type": ["object", "null"],
            "properties": {
              "scope": {
                "description": "What the scheduler's memory option counts for.",
                "enum": ["node", "cpu", "job", "slot"]
              },
              "complex": {
                "description": "Grid Engine's name for memory, such as h_vmem; without it none is asked for.",
                "type": ["string", "number", "boolean", "null"]
              },
              "limitUnit": {
                "description": "The unit of LSF's limits where it takes no suffix.",
                "enum": ["KB", "MB", "GB"]
              },
              "perJobLimit": {
                "description": "Whether LSF's limit counts for the job and not for each process.",
                "$comment": "default: false",
                "type": ["boolean", "null"]
              },
              "perTaskReserve": {
                "description": "Whether LSF's reservation counts for each task.",
                "$comment": "default: false",
                "type": ["boolean", "null"]
              },
              "minimum": {
                "description": "Requests below are raised to it.",
                "type": ["string", "integer", "null"],
                "pattern": "^[0-9]+(\\.[0-9]+)? ?([kKMGT]i?)?B?$",
                "$comment": "a size with its unit, such as 4GiB"
              }
            },
            "patternProperties": {
              "^[A-Za-z]+\\+$": {
                "type": "array"
              }
            },
            "additionalProperties": false
          },
          "naming": {
            "description": "What jobs may be called.",
            "type": ["object", "null"],
            "properties": {
              "max": {
                "description": "The most characters of a job's name.",
                "type": ["integer", "null"],
                "minimum": 8,
                "maximum": 255
              },
              "allow": {
                "description": "The characters of names, as within brackets of a regular expression.",
                "type": ["string", "integer", "null"],
                "pattern": ".",
                "$comment": "characters as within the brackets of a regular expression"
              }
            },
            "patternProperties": {
              "^[A-Za-z]+\\+$": {
                "type": "array"
              }
            },
            "additionalProperties": false
          },
          "parallelEnvironment": {
            "description": "How Grid Engine gives several processors.",
            "type": ["object", "null"],
            "properties": {
              "name": {
                "description": "The parallel environment, such as smp.",
                "type": ["string", "number", "boolean", "null"]
              },
              "whenSlotsAbove": {
                "description": "It is named for jobs of more slots than this.",
                "$comment": "default: 1",
                "type": ["integer", "null"],
                "minimum": 0
              }
            },
            "patternProperties": {
              "^[A-Za-z]+\\+$": {
                "type": "array"
              }
            },
            "additionalProperties": false
          },
          "gpu": {
            "description": "How graphics processors are asked for.",
            "type": ["object", "null"],
            "properties": {
              "directive": {
                "description": "Which of the scheduler's ways is used.",
                "enum": ["gres", "gpus-per-node", "select", "lsf-gpu", "complex"]
              },
              "complex": {
                "description": "The name of Grid Engine's complex.",
                "$comment": "default: gpu",
                "type": ["string", "number", "boolean", "null"]
              },
              "types": {
                "description": "The site's names of models, by the words of requests.",
                "type": ["object", "null"],
                "additionalProperties": {
                  "type": ["string", "number", "boolean", "null"]
                }
              }
            },
            "patternProperties": {
              "^[A-Za-z]+\\+$": {
                "type": "array"
              }
            },
            "additionalProperties": false
          },
          "requires": {
            "description": "What a job must have.",
            "type": ["array", "null"],
            "items": {
              "enum": ["name", "queue", "account", "project", "qos", "reservation", "licences", "nodes", "tasksPerNode", "cpus", "memory", "walltime", "gpus", "exclusive", "constraint", "output", "errorOutput", "directory", "environment", "modules", "prologue", "epilogue", "warning", "mail", "priority", "requeue", "hold", "extraDirectives", "dropDirectives", "rawOptions", "template"]
            }
          },
          "accountFrom": {
            "description": "Where the account comes from if nobody gives one.",
            "type": ["object", "null"],
            "properties": {
              "env": {
                "description": "The variable with the account.",
                "type": ["string", "integer", "null"],
                "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
                "$comment": "a variable's name"
              }
            },
            "patternProperties": {
              "^[A-Za-z]+\\+$": {
                "type": "array"
              }
            },
            "additionalProperties": false
          },
          "defaults": {
            "description": "What holds where a request says nothing.",
            "type": ["object", "null"],
            "properties": {
              "name": {
                "description": "What people see in the queue's list.",
                "type": ["string", "number", "boolean", "null"]
              },
              "queue": {
                "description": "The queue; auto: chosen from the limits of the queues.",
                "type": ["string", "number", "boolean", "null"]
              },
              "account": {
                "description": "The account.",
                "type": ["string", "number", "boolean", "null"]
              },
              "project": {
                "description": "The project, where it is something else than the account.",
                "type": ["string", "number", "boolean", "null"]
              },
              "qos": {
                "description": "The quality of service.",
                "type": ["string", "number", "boolean", "null"]
              },
              "reservation": {
                "description": "The reservation.",
                "type": ["string", "number", "boolean", "null"]
              },
              "licences": {
                "description": "Licences and how many of each.",
                "type": ["object", "null"],
                "additionalProperties": {
                  "type": ["integer", "null"],
                  "minimum": 1
                }
              },
              "nodes": {
                "description": "How many machines.",
                "type": ["integer", "null"],
                "minimum": 1
              },
              "tasksPerNode": {
                "description": "How many processes on each machine.",
                "type": ["integer", "null"],
                "minimum": 1
              },
              "cpus": {
                "description": "Processors of each process.",
                "type": ["integer", "null"],
                "minimum": 1
              },
              "memory": {
                "description": "Memory on each machine.",
                "type": ["string", "integer", "null"],
                "pattern": "^[0-9]+(\\.[0-9]+)? ?([kKMGT]i?)?B?$",
                "$comment": "a size with its unit, such as 4GiB"
              },
              "walltime": {
                "description": "How long the job may run.",
                "type": ["string", "integer", "null"],
                "pattern": "^([0-9]+(\\.[0-9]+)?(d|h|min|m|s|ms))+$",
                "$comment": "a time with units, such as 12h or 1d12h"
              },
              "gpus": {
                "description": "Graphics processors on each machine: 2, or a100:2.",
                "type": ["string", "integer", "null"],
                "pattern": "^([^:]+:)?[0-9]+$",
                "$comment": "a number, with a model before it if need be: 2 or a100:2"
              },
              "exclusive": {
                "description": "Whether the machines are for this job alone.",
                "type": ["boolean", "null"]
              },
              "constraint": {
                "description": "What the machines must have, in the scheduler's words.",
                "type": ["string", "number", "boolean", "null"]
              },
              "output": {
                "description": "The file for what the job prints: {name}, {job}, {task}, {user} and {host} are filled in.",
                "type": ["string", "number", "boolean", "null"]
              },
              "errorOutput": {
                "description": "The same for errors; without it both go to one file.",
                "type": ["string", "number", "boolean", "null"]
              },
              "directory": {
                "description": "Where the job starts; without it where it was submitted.",
                "type": ["string", "number", "boolean", "null"]
              },
              "environment": {
                "description": "Variables of the job.",
                "type": ["object", "null"],
                "additionalProperties": {
                  "type": ["string", "number", "boolean", "null"]
                }
              },
              "modules": {
                "description": "Names for 'module load'.",
                "type": ["array", "null"],
                "items": {
                  "type": ["string", "number", "boolean"]
                }
              },
              "prologue": {
                "description": "Lines of shell before the command.",
                "anyOf": [{
                  "type": "string"
                }, {
                  "type": "array",
                  "items": {
                    "type": "string"
                  }
                }]
              },
              "epilogue": {
                "description": "Lines of shell after the command.",
                "anyOf": [{
                  "type": "string"
                }, {
                  "type": "array",
                  "items": {
                    "type": "string"
                  }
                }]
              },
              "warning": {
                "description": "A signal some time before the limit.",
                "type": ["object", "null"],
                "properties": {
                  "signal": {
                    "description": "The signal, without SIG.",
                    "enum": ["USR1", "USR2", "TERM", "INT", "HUP", "QUIT", "URG", "XCPU", "CONT"]
                  },
                  "before": {
                    "description": "How long before.",
                    "type": ["string", "integer", "null"],
                    "pattern": "^([0-9]+(\\.[0-9]+)?(d|h|min|m|s|ms))+$",
                    "$comment": "a time with units, such as 12h or 1d12h"
                  }
                },
                "patternProperties": {
                  "^[A-Za-z]+\\+$": {
                    "type": "array"
                  }
                },
                "additionalProperties": false
              },
              "mail": {
                "description": "When the scheduler writes to whom.",
                "type": ["object", "null"],
                "properties": {
                  "to": {
                    "description": "The address.",
                    "type": ["string", "number", "boolean", "null"]
                  },
                  "events": {
                    "description": "When.",
                    "$comment": "default: [end, fail]",
                    "type": ["array", "null"],
                    "items": {
                      "enum": ["begin", "end", "fail"]
                    }
                  }
                },
                "patternProperties": {
                  "^[A-Za-z]+\\+$": {
                    "type": "array"
                  }
                },
                "additionalProperties": false
              },
              "priority": {
                "description": "In the scheduler's own numbers.",
                "type": ["integer", "null"]
              },
              "requeue": {
                "description": "Whether the scheduler may start it again.",
                "type": ["boolean", "null"]
              },
              "hold": {
                "description": "Whether it waits until somebody releases it.",
                "type": ["boolean", "null"]
              },
              "extraDirectives": {
                "description": "Directives that are added, without their prefix.",
                "type": ["array", "null"],
                "items": {
                  "type": ["string", "number", "boolean"]
                }
              },
              "dropDirectives": {
                "description": "Directives that are left out, by their option.",
                "type": ["array", "null"],
                "items": {
                  "type": ["string", "number", "boolean"]
                }
              },
              "rawOptions": {
                "description": "Words for the command line of sbatch, qsub or bsub.",
                "type": ["array", "null"],
                "items": {
                  "type": ["string", "number", "boolean"]
                }
              },
              "template": {
                "description": "The template of the script.",
                "type": ["string", "number", "boolean", "null"]
              }
            },
            "patternProperties": {
              "^[A-Za-z]+\\+$": {
                "type": "array"
              }
            },
            "additionalProperties": false
          },
          "queues": {
            "description": "Its queues (partitions of Slurm) and what jobs in them may have.",
            "type": ["object", "null"],
            "additionalProperties": {
              "type": ["object", "null"],
              "properties": {
                "name": {
                  "description": "What the scheduler calls it, if not by the key; empty: jobs name no queue.",
                  "type": ["string", "number", "boolean", "null"]
                },
                "minWalltime": {
                  "description": "The shortest time to ask for.",
                  "type": ["string", "integer", "null"],
                  "pattern": "^([0-9]+(\\.[0-9]+)?(d|h|min|m|s|ms))+$",
                  "$comment": "a time with units, such as 12h or 1d12h"
                },
                "maxWalltime": {
                  "description": "The longest time to ask for.",
                  "type": ["string", "integer", "null"],
                  "pattern": "^([0-9]+(\\.[0-9]+)?(d|h|min|m|s|ms))+$",
                  "$comment": "a time with units, such as 12h or 1d12h"
                },
                "minCpus": {
                  "description": "The fewest processors of one machine.",
                  "type": ["integer", "null"],
                  "minimum": 1
                },
                "maxCpus": {
                  "description": "The most processors of one machine.",
                  "type": ["integer", "null"],
                  "minimum": 1
                },
                "minMemory": {
                  "description": "The least memory of one machine.",
                  "type": ["string", "integer", "null"],
                  "pattern": "^[0-9]+(\\.[0-9]+)? ?([kKMGT]i?)?B?$",
                  "$comment": "a size with its unit, such as 4GiB"
                },
                "maxMemory": {
                  "description": "The most memory of one machine.",
                  "type": ["string", "integer", "null"],
                  "pattern": "^[0-9]+(\\.[0-9]+)? ?([kKMGT]i?)?B?$",
                  "$comment": "a size with its unit, such as 4GiB"
                },
                "minNodes": {
                  "description": "The fewest machines.",
                  "type": ["integer", "null"],
                  "minimum": 1
                },
                "maxNodes": {
                  "description": "The most machines.",
                  "type": ["integer", "null"],
                  "minimum": 1
                },
                "maxGpus": {
                  "description": "The most graphics processors of one machine; 0: none.",
                  "type": ["integer", "null"],
                  "minimum": 0
                },
                "needsGpu": {
                  "description": "Whether jobs must ask for graphics processors.",
                  "$comment": "default: false",
                  "type": ["boolean", "null"]
                },
                "gpuTypes": {
                  "description": "The models that it has, in the words of requests.",
                  "type": ["array", "null"],
                  "items": {
                    "type": ["string", "number", "boolean"]
                  }
                },
                "wholeNodes": {
                  "description": "Whether machines are always given whole.",
                  "$comment": "default: false",
                  "type": ["boolean", "null"]
                },
                "nodeCpus": {
                  "description": "The processors of one machine, for whole ones.",
                  "type": ["integer", "null"],
                  "minimum": 1
                },
                "nodeMemory": {
                  "description": "The memory of one machine, for whole ones.",
                  "type": ["string", "integer", "null"],
                  "pattern": "^[0-9]+(\\.[0-9]+)? ?([kKMGT]i?)?B?$",
                  "$comment": "a size with its unit, such as 4GiB"
                },
                "accounts": {
                  "description": "Who may use it; without it everybody.",
                  "type": ["array", "null"],
                  "items": {
                    "type": ["string", "number", "boolean"]
                  }
                },
                "qos": {
                  "description": "The quality of service that its jobs ask for.",
                  "type": ["string", "number", "boolean", "null"]
                },
                "reservation": {
                  "description": "The reservation that its jobs ask for.",
                  "type": ["string", "number", "boolean", "null"]
                },
                "priority": {
                  "description": "Higher is tried first.",
                  "$comment": "default: 0",
                  "type": ["integer", "null"]
                },
                "explicit": {
                  "description": "Whether it is chosen only by those who name it.",
                  "$comment": "default: false",
                  "type": ["boolean", "null"]
                },
                "extraDirectives": {
                  "description": "Directives of its jobs, without their prefix.",
                  "type": ["array", "null"],
                  "items": {
                    "type": ["string", "number", "boolean"]
                  }
                }
              },
              "patternProperties": {
                "^[A-Za-z]+\\+$": {
                  "type": "array"
                }
              },
              "additionalProperties": false
            }
          },
          "partitionList": {
            "description": "Whether the scheduler gets all queues that fit, and takes the first with room.",
            "$comment": "default: false",
            "type": ["boolean", "null"]
          },
          "extraDirectives": {
            "description": "Directives of every job, without their prefix.",
            "type": ["array", "null"],
            "items": {
              "type": ["string", "number", "boolean"]
            }
          },
          "dropDirectives": {
            "description": "Directives that are left out, by their option, such as --mem.",
            "type": ["array", "null"],
            "items": {
              "type": ["string", "number", "boolean"]
            }
          },
          "preemptionGrace": {
            "description": "How much warning comes before a job loses its place to another.",
            "type": ["string", "integer", "null"],
            "pattern": "^([0-9]+(\\.[0-9]+)?(d|h|min|m|s|ms))+$",
            "$comment": "a time with units, such as 12h or 1d12h"
          },
          "template": {
            "description": "The template of scripts; without it the scheduler's own.",
            "type": ["string", "number", "boolean", "null"]
          }
        },
        "patternProperties": {
          "^[A-Za-z]+\\+$": {
            "type": "array"
          }
        },
        "additionalProperties": false
      }
    },
    "runtime": {
      "description": "How daemons run on its machines.",
      "type": ["object", "null"],
      "properties": {
        "shell": {
          "description": "The program that reads the script.",
          "$comment": "default: /bin/sh",
          "type": ["string", "number", "boolean", "null"]
        },
        "prologue": {
          "description": "Lines of shell before all others.",
          "anyOf": [{
            "type": "string"
          }, {
            "type": "array",
            "items": {
              "type": "string"
            }
          }]
        },
        "epilogue": {
          "description": "Lines of shell after the daemon, whatever its end.",
          "anyOf": [{
            "type": "string"
          }, {
            "type": "array",
            "items": {
              "type": "string"
            }
          }]
        },
        "modules": {
          "description": "Names for 'module load'.",
          "type": ["array", "null"],
          "items": {
            "type": ["string", "number", "boolean"]
          }
        },
        "purgeModules": {
          "description": "Whether 'module purge' comes before.",
          "$comment": "default: false",
          "type": ["boolean", "null"]
        },
        "daemon": {
          "description": "The daemon's program on those machines; without it the host's own.",
          "type": ["string", "number", "boolean", "null"]
        },
        "environment": {
          "description": "Variables of the daemons.",
          "type": ["object", "null"],
          "additionalProperties": {
            "type": ["string", "number", "boolean", "null"]
          }
        },
        "sharedDirectory": {
          "description": "A directory that all machines see, for logs; without it one in the home directory.",
          "type": ["string", "number", "boolean", "null"]
        },
        "walltimeMargin": {
          "description": "How long before the job's limit its daemons take no new tasks.",
          "$comment": "default: 2m",
          "type": ["string", "integer", "null"],
          "pattern": "^([0-9]+(\\.[0-9]+)?(d|h|min|m|s|ms))+$"
        }
      },
      "patternProperties": {
        "^[A-Za-z]+\\+$": {
          "type": "array"
        }
      },
      "additionalProperties": false
    },
    "network": {
      "description": "How daemons reach the host.",
      "type": ["object", "null"],
      "properties": {
        "dialBack": {
          "description": "Which address of the host daemons dial.",
          "$comment": "default: { route: auto }",
          "type": ["object", "null"],
          "properties": {
            "route": {
              "description": "The address of the way to the cluster's machines.",
              "enum": ["auto"]
            },
            "interface": {
              "description": "The address of this interface, such as ib0.",
              "type": ["string", "number", "boolean", "null"]
            },
            "cidr": {
              "description": "The address within this network, such as 10.0.0.0/8.",
              "type": ["string", "integer", "null"],
              "pattern": "^[0-9A-Fa-f.:]+/[0-9]+$",
              "$comment": "a network, such as 10.0.0.0/8"
            },
            "host": {
              "description": "This name or address.",
              "type": ["string", "number", "boolean", "null"]
            }
          },
          "patternProperties": {
            "^[A-Za-z]+\\+$": {
              "type": "array"
            }
          },
          "additionalProperties": false
        },
        "ports": {
          "description": "The ports at which the host may listen; without it any.",
          "type": ["string", "integer", "null"],
          "pattern": "^[0-9]+(-[0-9]+)?$",
          "$comment": "ports, as 9000-9100"
        },
        "protocol": {
          "description": "What they speak; tcp, which protects by keys alone, only where every cluster is local.",
          "$comment": "default: tls+tcp",
          "enum": ["tls+tcp", "wss", "tcp"]
        }
      },
      "patternProperties": {
        "^[A-Za-z]+\\+$": {
          "type": "array"
        }
      },
      "additionalProperties": false
    },
    "profiles": {
      "description": "Sets of wishes by name; default is meant where none is named.",
      "type": ["object", "null"],
      "additionalProperties": {
        "type": ["object", "null"],
        "properties": {
          "cluster": {
            "description": "Which of the site's clusters.",
            "type": ["string", "number", "boolean", "null"]
          },
          "daemonsPerJob": {
            "description": "Daemons of each job; without it one for each of its processes.",
            "type": ["integer", "null"],
            "minimum": 1
          },
          "minDaemons": {
            "description": "The fewest daemons of a pool that follows its queue.",
            "type": ["integer", "null"],
            "minimum": 0
          },
          "maxDaemons": {
            "description": "The most daemons of such a pool.",
            "type": ["integer", "null"],
            "minimum": 1
          },
          "idleTime": {
            "description": "How long a daemon may be without a task before it ends.",
            "type": ["string", "integer", "null"],
            "pattern": "^([0-9]+(\\.[0-9]+)?(d|h|min|m|s|ms))+$",
            "$comment": "a time with units, such as 12h or 1d12h"
          },
          "name": {
            "description": "What people see in the queue's list.",
            "type": ["string", "number", "boolean", "null"]
          },
          "queue": {
            "description": "The queue; auto: chosen from the limits of the queues.",
            "type": ["string", "number", "boolean", "null"]
          },
          "account": {
            "description": "The account.",
            "type": ["string", "number", "boolean", "null"]
          },
          "project": {
            "description": "The project, where it is something else than the account.",
            "type": ["string", "number", "boolean", "null"]
          },
          "qos": {
            "description": "The quality of service.",
            "type": ["string", "number", "boolean", "null"]
          },
          "reservation": {
            "description": "The reservation.",
            "type": ["string", "number", "boolean", "null"]
          },
          "licences": {
            "description": "Licences and how many of each.",
            "type": ["object", "null"],
            "additionalProperties": {
              "type": ["integer", "null"],
              "minimum": 1
            }
          },
          "nodes": {
            "description": "How many machines.",
            "type": ["integer", "null"],
            "minimum": 1
          },
          "tasksPerNode": {
            "description": "How many processes on each machine.",
            "type": ["integer", "null"],
            "minimum": 1
          },
          "cpus": {
            "description": "Processors of each process.",
            "type": ["integer", "null"],
            "minimum": 1
          },
          "memory": {
            "description": "Memory on each machine.",
            "type": ["string", "integer", "null"],
            "pattern": "^[0-9]+(\\.[0-9]+)? ?([kKMGT]i?)?B?$",
            "$comment": "a size with its unit, such as 4GiB"
          },
          "walltime": {
            "description": "How long the job may run.",
            "type": ["string", "integer", "null"],
            "pattern": "^([0-9]+(\\.[0-9]+)?(d|h|min|m|s|ms))+$",
            "$comment": "a time with units, such as 12h or 1d12h"
          },
          "gpus": {
            "description": "Graphics processors on each machine: 2, or a100:2.",
            "type": ["string", "integer", "null"],
            "pattern": "^([^:]+:)?[0-9]+$",
            "$comment": "a number, with a model before it if need be: 2 or a100:2"
          },
          "exclusive": {
            "description": "Whether the machines are for this job alone.",
            "type": ["boolean", "null"]
          },
          "constraint": {
            "description": "What the machines must have, in the scheduler's words.",
            "type": ["string", "number", "boolean", "null"]
          },
          "output": {
            "description": "The file for what the job prints: {name}, {job}, {task}, {user} and {host} are filled in.",
            "type": ["string", "number", "boolean", "null"]
          },
          "errorOutput": {
            "description": "The same for errors; without it both go to one file.",
            "type": ["string", "number", "boolean", "null"]
          },
          "directory": {
            "description": "Where the job starts; without it where it was submitted.",
            "type": ["string", "number", "boolean", "null"]
          },
          "environment": {
            "description": "Variables of the job.",
            "type": ["object", "null"],
            "additionalProperties": {
              "type": ["string", "number", "boolean", "null"]
            }
          },
          "modules": {
            "description": "Names for 'module load'.",
            "type": ["array", "null"],
            "items": {
              "type": ["string", "number", "boolean"]
            }
          },
          "prologue": {
            "description": "Lines of shell before the command.",
            "anyOf": [{
              "type": "string"
            }, {
              "type": "array",
              "items": {
                "type": "string"
              }
            }]
          },
          "epilogue": {
            "description": "Lines of shell after the command.",
            "anyOf": [{
              "type": "string"
            }, {
              "type": "array",
              "items": {
                "type": "string"
              }
            }]
          },
          "warning": {
            "description": "A signal some time before the limit.",
            "type": ["object", "null"],
            "properties": {
              "signal": {
                "description": "The signal, without SIG.",
                "enum": ["USR1", "USR2", "TERM", "INT", "HUP", "QUIT", "URG", "XCPU", "CONT"]
              },
              "before": {
                "description": "How long before.",
                "type": ["string", "integer", "null"],
                "pattern": "^([0-9]+(\\.[0-9]+)?(d|h|min|m|s|ms))+$",
                "$comment": "a time with units, such as 12h or 1d12h"
              }
            },
            "patternProperties": {
              "^[A-Za-z]+\\+$": {
                "type": "array"
              }
            },
            "additionalProperties": false
          },
          "mail": {
            "description": "When the scheduler writes to whom.",
            "type": ["object", "null"],
            "properties": {
              "to": {
                "description": "The address.",
                "type": ["string", "number", "boolean", "null"]
              },
              "events": {
                "description": "When.",
                "$comment": "default: [end, fail]",
                "type": ["array", "null"],
                "items": {
                  "enum": ["begin", "end", "fail"]
                }
              }
            },
            "patternProperties": {
              "^[A-Za-z]+\\+$": {
                "type": "array"
              }
            },
            "additionalProperties": false
          },
          "priority": {
            "description": "In the scheduler's own numbers.",
            "type": ["integer", "null"]
          },
          "requeue": {
            "description": "Whether the scheduler may start it again.",
            "type": ["boolean", "null"]
          },
          "hold": {
            "description": "Whether it waits until somebody releases it.",
            "type": ["boolean", "null"]
          },
          "extraDirectives": {
            "description": "Directives that are added, without their prefix.",
            "type": ["array", "null"],
            "items": {
              "type": ["string", "number", "boolean"]
            }
          },
          "dropDirectives": {
            "description": "Directives that are left out, by their option.",
            "type": ["array", "null"],
            "items": {
              "type": ["string", "number", "boolean"]
            }
          },
          "rawOptions": {
            "description": "Words for the command line of sbatch, qsub or bsub.",
            "type": ["array", "null"],
            "items": {
              "type": ["string", "number", "boolean"]
            }
          },
          "template": {
            "description": "The template of the script.",
            "type": ["string", "number", "boolean", "null"]
          }
        },
        "patternProperties": {
          "^[A-Za-z]+\\+$": {
            "type": "array"
          }
        },
        "additionalProperties": false
      }
    },
    "locked": {
      "description": "Settings that users may only tighten, in the administrator's files.",
      "type": ["array", "null"],
      "items": {
        "type": ["string", "number", "boolean"]
      }
    }
  },
  "patternProperties": {
    "^[A-Za-z]+\\+$": {
      "type": "array"
    }
  },
  "additionalProperties": false
}

"""####),
        BuiltInFile(path: "site-config/setonix.yaml", text: ####"""
# Setonix, Pawsey Supercomputing Research Centre.
# Source, read 2026-11-23: https://github.com/nf-core/configs/blob/06115d04a4825cac0695301aa11195347376b8c8/conf/pawsey_setonix.config
# (partitions by memory, the account's variable).
schema: 1
site:
  id: setonix
  title: 'Setonix, Pawsey Supercomputing Research Centre'
  docs: https://support.pawsey.org.au/documentation/display/US/Setonix+User+Guide
clusters:
  main:
    scheduler: slurm
    requires: [account]
    accountFrom: { env: PAWSEY_PROJECT }
    queues:
      work: { maxMemory: 230GB, priority: 1 }
      highmem: { minMemory: 230GB, maxMemory: 980GB }

"""####),
        BuiltInFile(path: "site-config/sge.yaml", text: ####"""
# Any cluster with Grid Engine of which nothing else is known. The parallel environment and the name for memory
# differ from site to site: 'qconf -spl' and 'qconf -sc' list them. It is never chosen by itself.
schema: 1
site: { id: sge, title: 'Any cluster with Grid Engine' }
clusters:
  main:
    scheduler: sge
    parallelEnvironment: { name: smp }

"""####),
        BuiltInFile(path: "site-config/slurm.yaml", text: ####"""
# Any cluster with Slurm of which nothing else is known: the scheduler's own defaults hold. Copy it to begin a
# profile of your own. It is never chosen by itself.
schema: 1
site: { id: slurm, title: 'Any cluster with Slurm' }
clusters:
  main: { scheduler: slurm }

"""####),
        BuiltInFile(path: "site-config/torque.yaml", text: ####"""
# Any cluster with Torque of which nothing else is known. It is never chosen by itself.
schema: 1
site: { id: torque, title: 'Any cluster with Torque' }
clusters:
  main: { scheduler: torque }

"""####),
        BuiltInFile(path: "templates/job.mustache", text: ####"""
{{! The layout that the templates of the schedulers fill in; docs/templates.md describes it. }}
#!{{{shebang}}}
{{$directives}}
{{{directives}}}
{{/directives}}
{{$scheduler}}
{{/scheduler}}
{{$prologue}}
{{#sitePrologue}}
{{{.}}}
{{/sitePrologue}}
{{/prologue}}
{{$modules}}
{{#purgesModules}}
module purge
{{/purgesModules}}
{{#modules}}
module load {{.}}
{{/modules}}
{{/modules}}
{{$environment}}
{{#environment}}
export {{{name}}}={{value}}
{{/environment}}
{{/environment}}
{{$directory}}
{{/directory}}
{{#warning}}
# The warning must not end this shell; a command that wants it sets a trap of its own.
trap : {{.}}
{{/warning}}
{{$setup}}
{{#prologue}}
{{{.}}}
{{/prologue}}
{{/setup}}
{{$command}}
{{{command}}}
{{/command}}
status=$?
{{$epilogue}}
{{#epilogue}}
{{{.}}}
{{/epilogue}}
{{#siteEpilogue}}
{{{.}}}
{{/siteEpilogue}}
{{/epilogue}}
exit $status
{{$end}}
{{/end}}

"""####),
        BuiltInFile(path: "templates/local.mustache", text: ####"""
{{<job}}
{{$directives}}
# The shell reads this from its standard input, of which the commands must get nothing.
{
{{/directives}}
{{$directory}}
{{#directory}}
cd -- {{.}} || exit 97
{{/directory}}
{{/directory}}
{{$end}}
} </dev/null
{{/end}}
{{/job}}

"""####),
        BuiltInFile(path: "templates/lsf.mustache", text: ####"""
{{<job}}
{{/job}}

"""####),
        BuiltInFile(path: "templates/pbspro.mustache", text: ####"""
{{<job}}
{{$directory}}
# The job starts in the home directory.
cd "$PBS_O_WORKDIR" || exit 97
{{#directory}}
cd -- {{.}} || exit 97
{{/directory}}
{{/directory}}
{{/job}}

"""####),
        BuiltInFile(path: "templates/sge.mustache", text: ####"""
{{<job}}
{{/job}}

"""####),
        BuiltInFile(path: "templates/slurm.mustache", text: ####"""
{{<job}}
{{$scheduler}}
# The script starts without the submitter's variables; its steps shall have the script's.
export SLURM_EXPORT_ENV=ALL
{{#cpus}}
# Steps no longer take it from --cpus-per-task by themselves.
export SRUN_CPUS_PER_TASK={{.}}
{{/cpus}}
{{/scheduler}}
{{/job}}

"""####),
        BuiltInFile(path: "templates/torque.mustache", text: ####"""
{{<job}}
{{$directory}}
# The job starts in the home directory.
cd "$PBS_O_WORKDIR" || exit 97
{{#directory}}
cd -- {{.}} || exit 97
{{/directory}}
{{/directory}}
{{/job}}

"""####),
    ]
}
