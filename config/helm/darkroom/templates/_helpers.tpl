{{- define "darkroom.name" -}}
{{- if contains "darkroom" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-darkroom" (.Release.Name | trunc 41 | trimSuffix "-") }}{{ end }}
{{- end }}

{{- define "darkroom.selector" -}}
app.kubernetes.io/name: darkroom
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "darkroom.labels" -}}
{{ include "darkroom.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "darkroom.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}{{ else }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "darkroom.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "darkroom.name" .) }}
{{- end }}

{{/* What every pod has, whatever its role. */}}
{{- define "darkroom.pod" -}}
serviceAccountName: {{ include "darkroom.serviceAccount" . }}
automountServiceAccountToken: false
# Kubernetes would set variables such as DARKROOM_PORT for its services, which Darkroom rejects as unknown.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: data
    emptyDir:
      sizeLimit: {{ .Values.temporaryStorage }}
  - name: tmp
    emptyDir:
      sizeLimit: {{ .Values.temporaryStorage }}
{{- end }}

{{/* What every container has, whatever its role. */}}
{{- define "darkroom.container" -}}
image: {{ include "darkroom.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
envFrom:
  - configMapRef:
      name: {{ include "darkroom.name" . }}
  - secretRef:
      name: {{ .Values.secretName }}
volumeMounts:
  - name: data
    mountPath: /data
  - name: tmp
    mountPath: /tmp
{{- end }}

{{/* A Deployment. Its arguments are the root, the role and the name of the port that answers probes. */}}
{{- define "darkroom.deployment" -}}
{{- $root := .root }}
{{- $role := .role }}
{{- $values := index $root.Values $role }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "darkroom.name" $root }}-{{ $role }}
  labels:
    {{- include "darkroom.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $role }}
spec:
  {{- if not $values.autoscaling.enabled }}
  replicas: {{ $values.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  progressDeadlineSeconds: {{ add $root.Values.startupSeconds 60 }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      {{- include "darkroom.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ $role }}
  template:
    metadata:
      labels:
        {{- include "darkroom.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ $role }}
      annotations:
        # replaces the pods when their variables change
        checksum/variables: {{ toYaml $root.Values.env | sha256sum }}
        {{- with $root.Values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "darkroom.pod" $root | nindent 6 }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "darkroom.selector" $root | nindent 14 }}
              app.kubernetes.io/component: {{ $role }}
      containers:
        - name: darkroom
          args: [serve]
          {{- include "darkroom.container" $root | nindent 10 }}
          env:
            - name: DARKROOM_ROLE
              value: {{ $role }}
            {{- range $name, $value := $values.env }}
            - name: {{ $name }}
              value: {{ $value | quote }}
            {{- end }}
          ports:
            {{- if eq $role "http" }}
            - name: http
              containerPort: 8080
            {{- end }}
            - name: metrics
              containerPort: 9091
          # A new pod waits for its dependencies. Later it goes on without them: images in memory are served during an
          # outage, and all pods would leave the service at once otherwise.
          startupProbe:
            httpGet:
              path: /readyz
              port: {{ .port }}
            periodSeconds: 5
            timeoutSeconds: 5
            failureThreshold: {{ div $root.Values.startupSeconds 5 }}
          readinessProbe:
            httpGet:
              path: /healthz
              port: {{ .port }}
            periodSeconds: 5
            timeoutSeconds: 5
          livenessProbe:
            httpGet:
              path: /healthz
              port: {{ .port }}
            periodSeconds: 10
            timeoutSeconds: 10
            failureThreshold: 6
          lifecycle:
            preStop:
              exec:
                # until no request is sent to this pod any more
                command: [sleep, '5']
          resources:
            {{- toYaml $values.resources | nindent 12 }}
{{- end }}
